public import Engine
public import Graph
internal import Foundation
internal import Market
internal import Rings
internal import Synchronization
internal import ZeroMQ

/// What a topology says of a control source.
public struct ControlSettings: NodeSettings {
    public let listen: String?
    public let file: String?
    public let endpoint: EndpointSettings

    public init(reading reader: inout SettingsReader) {
        listen = reader.optionalText(
            "listen", meaning: "A ZeroMQ endpoint that answers requests, `tcp://127.0.0.1:5560`; JSON in and out")
        file = reader.optionalText(
            "file", meaning: "A file with one request a line, read before the run begins; `at` says when each holds")
        endpoint = EndpointSettings(of: listen, in: "listen", everybody: "change settings", reading: &reader)
        if listen == nil, file == nil, !reader.isListing {
            reader.fault(problem: "it has no input", remedy: "Write \"listen\", \"file\" or both")
        }
    }
}

/// New settings for running analytics: from a file, from whoever asks, or both. They enter the symbols' own events.
public final class ControlSource: Source {
    public static let kind = NodeKind(
        name: "control", role: .source, meaning: "Settings of analytics that change while they run",
        example: #"{ "kind": "control", "listen": "tcp://127.0.0.1:5560" }"#
    ) { reader in
        let settings = ControlSettings(reading: &reader)
        return .attendant(holdings: settings.listen.map { [NodeFacts.Holding(field: "listen", endpoint: $0)] } ?? [])
    }

    /// How long one wait for a request lasts before the source looks whether the run has ended.
    private static let patience = Duration.milliseconds(100)
    /// Bytes that one connection may ask with at once, and each second after that: some of the longest requests.
    private static let inboundBurst = 4 << 20
    private static let inboundRate = 1 << 20
    /// Requests of one connection that wait, and answers to it; and the longest request, in bytes.
    private static let queueLimit = 64
    private static let requestLimit: Int64 = 1 << 20

    private let settings: ControlSettings
    private let file: [ControlRecord]
    private let taken = Tally()
    private let refused = Tally()

    /// - Throws: `ControlFault` where the file cannot be read or a line of it is no request.
    public init(_ settings: ControlSettings) throws {
        self.settings = settings
        guard let path = settings.file else {
            file = []
            return
        }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ControlFault(text: "\(path) cannot be read")
        }
        var records: [ControlRecord] = []
        for (index, line) in data.split(separator: UInt8(ascii: "\n")).enumerated() {
            do { records += try ControlRequest.read(Array(line)).records } catch {
                throw ControlFault(text: "\(path), request \(index + 1): \(error)")
            }
        }
        file = records
    }

    /// It serves the other sources: the run ends when they have.
    public var isAttendant: Bool { true }
    public var resumption: Resumption { .onward }

    public func prepare(_ desk: ControlDesk) throws {
        for record in file where !desk.holds(record) { try desk.add(record) }
        taken.add(file.count)
    }

    public func run(into router: inout Router, world: World) throws {
        guard let endpoint = settings.listen else { return }
        let sockets = try Context()
        let curve = try settings.endpoint.curve.map { try CurveServer(secret: $0.secret, clients: $0.clients) }
        let door = try Doorkeeper(in: sockets).door(
            "control",
            DoorRules(
                curve: curve, connectionLimit: settings.endpoint.connections,
                inboundBurst: ControlSource.inboundBurst, inboundRate: ControlSource.inboundRate))
        var socket = try AnswerSocket(
            in: sockets,
            limits: QueueLimits(queueLimit: ControlSource.queueLimit, frameLimit: ControlSource.requestLimit),
            linger: .seconds(1), door: door)
        try socket.bind(to: endpoint)
        let desk = router.controls
        var log = DoorLog(of: door)
        while !world.isStopping {
            try socket.serve(within: ControlSource.patience) { request in [answer(request, desk)] }
            for line in log.lines() { world.tell("\(endpoint): \(line)") }
        }
    }

    public func report() -> [String] { ["\(taken.value) changes of settings taken, \(refused.value) refused"] }

    /// Takes a request and says what became of it, as JSON.
    private func answer(_ request: [UInt8], _ desk: ControlDesk) -> [UInt8] {
        do {
            let records = try ControlRequest.read(request).records
            for record in records { try desk.add(record) }
            taken.add(records.count)
            return Array(#"{"taken":\#(records.count)}"#.utf8)
        } catch {
            refused.add()
            return (try? Array(JSONEncoder().encode(["error": "\(error)"]))) ?? Array(#"{"error":"refused"}"#.utf8)
        }
    }
}
