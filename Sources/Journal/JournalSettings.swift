/// What the records of a journal are.
public enum JournalContent: UInt8, CaseIterable, Sendable {
    /// `MarketEvent`s of 64 bytes.
    case events = 1
    /// Updates as an outbox writes them: a `RecordHead`, the update, padding to 8 bytes.
    case updates = 2
}

/// When what was appended is brought from the system's memory to the device.
public enum JournalSync: Sendable, Equatable {
    /// When the system likes to: a crash of the machine may cost the last half minute, one of the program nothing.
    case never
    /// Before `append` returns.
    case batches
    /// By `syncIfDue`, so that at most this time is unsynced.
    case interval(Duration)
}

/// How a journal is written and how much of it is kept.
public struct JournalSettings: Sendable, Equatable {
    /// Segments from this many bytes on are closed and the next begins; 1 KiB to 1 GiB.
    public var segmentLimit: Int
    public var sync: JournalSync
    /// How many bytes `trim` leaves although nobody needs them any more; nil: see `JournalWriter.trim`.
    public var keepBytes: Int?
    /// How far back from its newest venue time `trim` leaves the journal although nobody needs that any more.
    public var keepAge: Duration?
    /// Bytes between two entries of a segment's index: what a seek has to read at most.
    public var indexStride: Int

    public init(
        segmentLimit: Int = 256 << 20, sync: JournalSync = .interval(.seconds(1)), keepBytes: Int? = nil,
        keepAge: Duration? = nil, indexStride: Int = 256 << 10
    ) {
        precondition(JournalLimits.segment.contains(segmentLimit), "A segment must keep to its limits.")
        precondition(indexStride > 0, "An index must have a stride.")
        self.segmentLimit = segmentLimit
        self.sync = sync
        self.keepBytes = keepBytes
        self.keepAge = keepAge
        self.indexStride = indexStride
    }
}

/// What a journal may hold; docs/journal.md says what happens at each limit.
public enum JournalLimits {
    /// What `segmentLimit` may be: offsets in a segment are counted in 32 bits.
    public static let segment = 1024...1 << 30
    /// Bytes of one batch: a reader has a whole one in memory.
    public static let batch = 16 << 20
    /// Bytes of one definition.
    public static let definition = 64 << 10
    /// Bytes of all definitions: they are repeated in every segment.
    public static let definitions = 64 << 20
}
