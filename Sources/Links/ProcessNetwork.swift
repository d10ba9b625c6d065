public import Engine
internal import Memory
internal import ZeroMQ

/// Journals carried between processes over ZeroMQ: each reader asks, the writer's process answers.
public struct ProcessNetwork: JournalNetwork {
    private let address: String
    private let context: Context
    private let world: World
    /// This process, for those whom it asks.
    private let token: UInt64

    /// - Parameter address: where this process's own journals are found, `ipc://` or `tcp://`.
    public init(address: String, world: World) throws {
        self.address = address
        self.world = world
        context = try Context()
        token = world.chance()
    }

    public func open(_ journal: DistantJournal) throws -> any ReadableJournal {
        try LinkedJournal(journal, token: token, in: context, world)
    }

    public func serve(_ journals: [ServedJournal]) throws -> any JournalService {
        if address.hasPrefix("ipc://"), let slash = address.lastIndex(of: "/") {
            try StoredFolder.make(String(address[address.index(address.startIndex, offsetBy: 6)..<slash]))
        }
        return try LinkServer(journals, at: address, in: context, world)
    }
}
