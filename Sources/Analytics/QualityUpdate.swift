public import Updates

/// What was out of the ordinary since a session opened, counted.
public struct QualityCounts: BitwiseCopyable, Equatable, Sendable {
    public var gaps: Int64 = 0
    public var late: Int64 = 0
    public var tooLate: Int64 = 0
    public var beyondHorizon: Int64 = 0
    public var outsideSession: Int64 = 0
    public var refused: Int64 = 0
    public var offTick: Int64 = 0
    public var crossedQuotes: Int64 = 0
    public var cancelled: Int64 = 0
    public var corrected: Int64 = 0
    public var approximate: Int64 = 0
    public var repeated: Int64 = 0
    public var unknownConditions: Int64 = 0
    public var unapplied: Int64 = 0

    public init() {}

    static func fields<Root>(at path: KeyPath<Root, QualityCounts>) -> [UpdateField] {
        func count(_ name: String, _ part: KeyPath<QualityCounts, Int64>, _ meaning: String) -> UpdateField {
            UpdateField(name, .count, path.appending(path: part), meaning)
        }
        return [
            count("gaps", \.gaps, "Gaps declared by feed or ring."),
            count("late", \.late, "Trades that came after their shortest bar had begun to be followed by another."),
            count("tooLate", \.tooLate, "Trades of a session that was closed already: in no sum."),
            count("beyondHorizon", \.beyondHorizon, "Changes of bars beyond the horizon: in the session's sums alone."),
            count("outsideSession", \.outsideSession, "Trades outside every session."),
            count("refused", \.refused, "Events refused: price or size impossible."),
            count("offTick", \.offTick, "Trades whose price is no multiple of the tick."),
            count("crossedQuotes", \.crossedQuotes, "Quotes whose bid lay above their ask."),
            count("cancelled", \.cancelled, "Trades taken back."),
            count("corrected", \.corrected, "Trades put right."),
            count("approximate", \.approximate, "Cancels and corrections of trades that were not known: sums only."),
            count("repeated", \.repeated, "Cancels of trades that were taken back already: without effect."),
            count("unknownConditions", \.unknownConditions, "Trades with a condition that their tape does not have."),
            count("unapplied", \.unapplied, "Events that could not be applied."),
        ]
    }
}

/// What a symbol's input has been like since its session opened: published when something is out of the ordinary or
/// comes right again, and at the session's end. Coverage, seconds missed and the book's state stand in its head.
public struct QualityUpdate: UpdateBody {
    /// What is wrong at this moment.
    public struct Marks: OptionSet, BitwiseCopyable, Equatable, Sendable {
        public let rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }
        public static let halted = Marks(rawValue: 1)
        public static let gap = Marks(rawValue: 2)
        public static let resyncing = Marks(rawValue: 4)
        public static let crossed = Marks(rawValue: 8)
        public static let startedLate = Marks(rawValue: 16)
        public static let approximate = Marks(rawValue: 32)
        public static let broken = Marks(rawValue: 64)
        static let names = ["halted", "gap", "resyncing", "crossed", "startedLate", "approximate", "broken"]
    }

    /// Venue time of the last event that was neither a gap nor a clock.
    public var lastTime: Int64
    public var counts: QualityCounts
    /// The number of the event at which the symbol broke; 0 where it has not.
    public var brokenAt: Int64
    public var marks: Marks
    public var halted: UInt8
    public var inGap: UInt8
    public var startedLate: UInt8
    public var sound: UInt8

    public init(_ counts: QualityCounts, lastTime: Int64, marks: Marks, brokenAt: UInt64) {
        self.lastTime = lastTime
        self.counts = counts
        self.brokenAt = Int64(clamping: brokenAt)
        self.marks = marks
        halted = marks.contains(.halted) ? 1 : 0
        inGap = marks.contains(.gap) ? 1 : 0
        startedLate = marks.contains(.startedLate) ? 1 : 0
        sound = marks.isEmpty ? 1 : 0
    }

    public static let layout = UpdateLayout(
        template: 11, kind: "quality", size: MemoryLayout<Self>.size,
        fields: [
            UpdateField("lastTime", .time, \Self.lastTime, "Venue time of the last event that was no gap and no clock.")
        ] + QualityCounts.fields(at: \Self.counts) + [
            UpdateField(
                "brokenAt", .count, \Self.brokenAt,
                "Number of the event at which the symbol broke, its last update; 0 where it is whole."
            ),
            UpdateField("marks", .marks(Marks.names), \Self.marks, "What is wrong at this moment."),
            UpdateField("halted", .flag, \Self.halted, "1 while trading is halted: not counted as missing."),
            UpdateField("inGap", .flag, \Self.inGap, "1 while events are missing and none has come since."),
            UpdateField("startedLate", .flag, \Self.startedLate, "1 where the session's beginning was not seen."),
            UpdateField("sound", .flag, \Self.sound, "1 where nothing is wrong at this moment."),
        ],
        meaning: "What a symbol's input has been like since its session opened.")
}
