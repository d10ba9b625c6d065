public import Graph
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
    /// The file of that process's public key; nil where it has none.
    public let publicKey: String?

    public init(name: String, content: JournalContent, reader: String, at link: ProcessLink) {
        self.name = name
        self.content = content
        self.reader = reader
        (address, publicKey) = (link.address, link.keys?.publicKey)
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
    /// Whether nobody in this process needs anything of it, so that its readers alone say what may go.
    let isTheirs: Bool

    /// Notes up to where a reader needs nothing any more, and lets go of what none of them needs. Nobody can have kept
    /// what has not been written.
    public func note(_ reader: ServedReader, held: UInt64) {
        reader.progress.note(held: min(Int(clamping: held), progress.head.value))
        guard isTheirs, let least = readers.map(\.progress.held.value).min() else { return }
        progress.spare.add(max(0, least - progress.spare.value))
    }
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
    /// The last position that it needs no more, even after a crash.
    public let held = Tally()
    /// Raised when it has taken and kept everything.
    public let hasLeft = Signal()
    /// What the journal's own writer looks at before it lets go of something; nil for a source's journal.
    private let lag: StoreLag?

    public convenience init() { self.init(lag: nil) }

    init(lag: StoreLag?) { self.lag = lag }

    func note(held: Int) {
        self.held.add(max(0, held - self.held.value))
        lag?.position.add(max(0, held - (lag?.position.value ?? 0)))
    }
}

/// Carries journals between processes. What it is made of, nobody here knows.
public protocol JournalNetwork: Sendable {
    /// Begins to read; does not wait for the writer.
    func open(_ journal: DistantJournal) throws -> any ReadableJournal
    /// Opens the address at which this process's journals are found.
    func serve(_ journals: [ServedJournal]) throws -> any JournalService
    /// Waits until one of several journals that one thread reads may have something, or somebody rings, at most so
    /// many nanoseconds. Journals of this process are woken for by the bell alone.
    func wait(for journals: [any ReadableJournal], or bell: Bell, atMost nanoseconds: Int64) throws
}

/// The serving end: works on a thread of its own until it is stopped.
public protocol JournalService: Sendable {
    func work() throws
    func stop()
}
