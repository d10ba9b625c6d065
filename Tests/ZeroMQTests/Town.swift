import Foundation
import Memory
import TestPrograms
import Testing
import ZeroMQ

/// A guarded publisher that sends numbered messages, and the folder of keys around it.
final class Town {
    let folder: URL
    let server: KeyPair
    let door: Door
    let endpoint: String
    private let context: Context
    private var socket: PublishSocket
    private(set) var sent: UInt64 = 0
    /// Prefixes that the publisher's thread has worked off.
    private(set) var worked = 0

    /// - Parameter isLocked: Whether keys are asked for.
    init(isLocked: Bool, _ change: (inout DoorRules) -> Void = { _ in }, sendLimit: Int = 65_536) throws {
        folder = try RunningProgram.temporaryFolder()
        server = try KeyPair.make()
        context = try Context()
        var rules = DoorRules(
            curve: isLocked ? CurveServer(keys: server, clients: try AllowList(at: folder.path())) : nil)
        change(&rules)
        door = try Doorkeeper(in: context).door("public", rules)
        socket = try PublishSocket(
            in: context, limits: PublishSocket.Limits(sendLimit: sendLimit, linger: .zero), door: door)
        endpoint = try socket.bind(to: "tcp://127.0.0.1:*")
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    var port: UInt16 { UInt16(endpoint.split(separator: ":").last ?? "") ?? 0 }

    /// Puts a key onto the list.
    func allow(_ name: String, _ key: PublicKey) throws {
        try Data("public-key = \"\(key)\"\n".utf8).write(to: folder.appending(path: "\(name).key"), options: .atomic)
    }

    func forbid(_ name: String) throws { try FileManager.default.removeItem(at: folder.appending(path: "\(name).key")) }

    /// A subscriber in a context of its own, as in another program.
    func subscriber(_ keys: KeyPair? = nil, of server: PublicKey? = nil) throws -> Listener {
        let curve = keys.map { CurveClient(keys: $0, server: server ?? self.server.publicKey) }
        let socket = try SubscribeSocket(in: Context(), curve: curve)
        try socket.subscribe(to: "")
        try socket.connect(to: endpoint)
        return Listener(socket)
    }

    /// Sends the next message, and notes what subscribers have changed.
    func send(bytes: Int = 16) throws {
        sent += 1
        var payload = Array("\(sent) ".utf8)
        payload += [UInt8](repeating: 46, count: max(0, bytes - payload.count))
        // Some of them, as publishers do.
        for _ in 0..<1_024 {
            guard let change = try socket.nextSubscriptionChange() else { break }
            if change != .unsubscribed { worked += 1 }
        }
        try Array("news/".utf8).withRawSpan { topic in
            try payload.withRawSpan { try socket.send(topic: topic, payload: $0) }
        }
    }

    /// Sends, every millisecond, until the condition holds; false when ten seconds passed first.
    func send(within limit: Duration = .seconds(10), until condition: (Town) -> Bool) throws -> Bool {
        let deadline = ContinuousClock.now + limit
        while !condition(self) {
            guard ContinuousClock.now < deadline else { return false }
            try send()
            usleep(1_000)
        }
        return true
    }

    /// Of two ends that want another security either may be first to go: the other one sees an unfinished handshake.
    var handshakesRefused: UInt64 {
        denied(.wrongSecurity) + denied(.brokenHandshake) + denied(.unfinishedHandshake)
    }

    func denied(_ reason: Denial) -> UInt64 { door.counts.denied[reason, default: 0] }
}

/// Reads numbered messages and knows whether one is missing.
struct Listener: ~Copyable {
    private var socket: SubscribeSocket
    private(set) var heard = 0
    private(set) var holes = 0
    private(set) var last: UInt64 = 0

    init(_ socket: consuming SubscribeSocket) { self.socket = socket }

    /// Asks for one prefix more.
    func subscribe(to prefix: String) throws { try socket.subscribe(to: prefix) }

    /// Takes what is there; returns how many messages that were.
    mutating func take(within limit: Duration = .zero) throws -> Int {
        let before = heard
        var number: UInt64 = 0
        while try socket.receive(
            within: heard == before ? limit : .zero,
            { _, payload in
                let text = String(decoding: payload.array, as: UTF8.self)
                number = UInt64(text.prefix { $0 != " " }) ?? 0
            }) == .message
        {
            if last > 0, number != last + 1 { holes += 1 }
            last = number
            heard += 1
        }
        return heard - before
    }
}
