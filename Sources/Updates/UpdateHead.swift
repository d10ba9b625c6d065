public import Market

/// What a book was while an update's input came in (definitions §20).
public enum BookState: UInt8, CaseIterable, BitwiseCopyable, Sendable {
    case none, whole, resyncing, crossed
}

/// Why an update stands in place of an earlier one with the same start.
public enum RevisionReason: UInt8, CaseIterable, BitwiseCopyable, Sendable {
    case none, live, late, corrected, cancelled
}

/// What an update knows about its own input (definitions §20).
public struct Quality: BitwiseCopyable, Sendable, Equatable {
    /// 1 − gapSeconds / elapsed session time of the update's window; 0 to 1.
    public var coverage: Double
    /// The length in seconds of the union of declared gaps in the window.
    public var gapSeconds: Double
    /// The part of signed volume whose side no venue flag told; 0 to 1, not a number where nothing was signed.
    public var inferredShare: Double
    public var bookState: BookState

    public static let whole = Quality(coverage: 1, gapSeconds: 0, inferredShare: .nan, bookState: .none)

    public init(coverage: Double, gapSeconds: Double, inferredShare: Double, bookState: BookState) {
        self.coverage = coverage
        self.gapSeconds = gapSeconds
        self.inferredShare = inferredShare
        self.bookState = bookState
    }
}

/// The 56 bytes that every update begins with, in the order of the wire.
public struct UpdateHead: BitwiseCopyable, Sendable {
    /// The update's count on its topic, from 1, never reset.
    public var number: UInt64
    /// The window [start, end) that the update speaks of, in venue time.
    public var start: Timestamp
    public var end: Timestamp
    /// 0 for the first final value of a window; each later one adds 1. Live values carry the coming revision.
    public var revision: UInt32
    /// 1 when the window is closed, 0 while it still grows.
    public var final: UInt8
    public var bookState: UInt8
    public var reason: UInt8
    public var flags: Flags
    public var coverage: Double
    public var gapSeconds: Double
    public var inferredShare: Double

    /// Marks that are rare and must be seen.
    public struct Flags: OptionSet, BitwiseCopyable, Sendable, Hashable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        /// The input was corrected after the value was computed, and the value was not run again.
        public static let inputRevised = Flags(rawValue: 1)
        /// A correction could not be applied exactly.
        public static let approximate = Flags(rawValue: 2)
        /// Rows were merged because the prices span more of them than the limit.
        public static let coarsened = Flags(rawValue: 4)
    }

    public static let size = 56

    public init(
        number: UInt64, start: Timestamp, end: Timestamp, revision: UInt32, final: Bool, reason: RevisionReason,
        flags: Flags = [], quality: Quality
    ) {
        self.number = number
        self.start = start
        self.end = end
        self.revision = revision
        self.final = final ? 1 : 0
        bookState = quality.bookState.rawValue
        self.reason = reason.rawValue
        self.flags = flags
        coverage = quality.coverage
        gapSeconds = quality.gapSeconds
        inferredShare = quality.inferredShare
    }

    public var isFinal: Bool { final != 0 }
    public var quality: Quality {
        Quality(
            coverage: coverage, gapSeconds: gapSeconds, inferredShare: inferredShare,
            bookState: BookState(rawValue: bookState) ?? .none)
    }
}
