public import Engine
public import Graph
internal import Memory
public import Rings
internal import ZeroMQ

/// Journals carried between processes over ZeroMQ: each reader asks, the writer's process answers.
public struct ProcessNetwork: JournalNetwork {
    private let link: ProcessLink
    private let context: Context
    private let world: World
    /// Nil where this process has no keys.
    private let keys: KeyPair?
    /// This process, for those whom it asks.
    private let token: UInt64

    /// - Parameter link: Where this process's own journals are found, and the files of its keys.
    public init(_ link: ProcessLink, world: World) throws {
        self.link = link
        self.world = world
        keys = try link.keys.map { try KeyFile.keyPair(at: $0.secret) }
        context = try Context()
        token = world.chance()
    }

    public func open(_ journal: DistantJournal) throws -> any ReadableJournal {
        let server = try journal.publicKey.map { try KeyFile.publicKey(at: $0) }
        let curve = keys.flatMap { keys in server.map { CurveClient(keys: keys, server: $0) } }
        return try LinkedJournal(journal, token: token, in: context, curve: curve, world)
    }

    public func serve(_ journals: [ServedJournal]) throws -> any JournalService {
        let address = link.bind
        if address.hasPrefix("ipc://"), let slash = address.lastIndex(of: "/") {
            try StoredFolder.make(String(address[address.index(address.startIndex, offsetBy: 6)..<slash]))
        }
        return try LinkServer(journals, at: address, in: context, door: door(), world)
    }

    /// Who stands before the address; nobody where only processes of this machine come to it, and without keys.
    private func door() throws -> Door? {
        guard link.isGuarded else { return nil }
        let curve = try keys.flatMap { keys in
            try link.keys?.clients.map { CurveServer(keys: keys, clients: try AllowList(at: $0)) }
        }
        return try Doorkeeper(in: context).door(
            "link",
            DoorRules(
                curve: curve, connectionLimit: link.connections, inboundBurst: LinkLimits.inbound,
                inboundRate: LinkLimits.inbound))
    }

    public func wait(for journals: [any ReadableJournal], or bell: Bell, atMost nanoseconds: Int64) throws {
        var places = PollList()
        places.add(descriptor: bell.descriptor)
        var limit = nanoseconds
        for journal in journals.compactMap({ $0 as? LinkedJournal }) {
            guard try journal.join(&places) else { return }
            limit = journal.restLimit(limit)
        }
        _ = try places.wait(within: .nanoseconds(limit))
    }
}
