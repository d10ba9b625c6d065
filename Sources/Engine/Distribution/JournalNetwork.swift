public import Journal
public import Rings

/// What one process wants to read of another.
public struct DistantJournal: Hashable, Sendable {
    /// The writer's node, with its shard where it has some: `market`, `flow.2`.
    public let name: String
    public let content: JournalContent
    /// Who reads: a node's name, with its shard.
    public let reader: String
    /// Where the writer's process is found.
    public let address: String

    public init(name: String, content: JournalContent, reader: String, address: String) {
        self.name = name
        self.content = content
        self.reader = reader
        self.address = address
    }
}

/// A journal of this process that others read.
public struct ServedJournal: Sendable {
    public let name: String
    public let content: JournalContent
    public let folder: String
    public let progress: JournalProgress
    /// Who reads it, by name; each must have left before the process may end.
    public let readers: [ServedReader]
}

/// One reader of a journal that is served.
public struct ServedReader: Sendable {
    public let name: String
    /// Of a journal of events: whether the reader wants a symbol.
    public let wants: @Sendable (String) -> Bool
    public let progress: ReaderProgress
}

/// How far a reader in another process has come, for whoever asks here.
public final class ReaderProgress: Sendable {
    /// The last position that it has asked for what follows, and the last that it needs no more, even after a crash.
    public let taken = Tally()
    public let held = Tally()
    /// Raised when it has taken and kept everything.
    public let hasLeft = Signal()
    public init() {}
}

/// Carries journals between processes. What it is made of, nobody here knows.
public protocol JournalNetwork: Sendable {
    /// Begins to read; does not wait for the writer.
    func open(_ journal: DistantJournal) throws -> any ReadableJournal
    /// Opens the address at which this process's journals are found.
    func serve(_ journals: [ServedJournal]) throws -> any JournalService
}

/// The serving end: works on a thread of its own until it is stopped.
public protocol JournalService: Sendable {
    func work() throws
    func stop()
}
