internal import Market
internal import Memory
public import Updates

/// A signal as it goes out: a plan with its entry, its stop and its target, and later what became of it. The inputs
/// that it rests on follow as a group.
public struct SignalUpdate: UpdateBody {
    public var identifier: Int64
    public var known: Int64
    public var entry: Int64
    public var stop: Int64
    public var target: Int64
    public var secondTarget: Int64
    public var invalidation: Int64
    public var reference: Int64
    public var confidence: Double
    public var rewardRisk: Double
    public var exit: Int64
    public var ended: Int64
    public var held: Int64
    public var doubts: UInt32
    public var direction: UInt8
    public var rule: UInt8
    public var status: UInt8
    public var doubtful: UInt8

    public static let coverageDoubt: UInt32 = 1
    public static let bookDoubt: UInt32 = 2
    public static let revisedDoubt: UInt32 = 4
    public static let directionNames = ["long", "short"]

    public static let layout = UpdateLayout(
        template: 60, kind: "signal", size: MemoryLayout<Self>.size, fields: planFields + lifeFields,
        groups: [GroupLayout("inputs", size: MemoryLayout<SignalInput>.size, fields: SignalInput.fields)],
        meaning: "A rule's signal with all inputs and their quality: born, ended, revised; rules are proposals to be "
            + "measured, `eighty` is folklore.")

    private static let planFields = [
        UpdateField("identifier", .count, \Self.identifier, "Count of the rule's signals, from 1."),
        UpdateField("known", .time, \Self.known, "When all inputs were known: the bar's end or the event after it."),
        UpdateField("entry", .price, \Self.entry, "Close of the bar that made it."),
        UpdateField("stop", .price, \Self.stop, "Where it is wrong, on a tick."),
        UpdateField("target", .price, \Self.target, "Where it ends well."),
        UpdateField("secondTarget", .price, \Self.secondTarget, "A further target; not followed."),
        UpdateField("invalidation", .price, \Self.invalidation, "Edge whose acceptance on its far side ends it."),
        UpdateField("reference", .price, \Self.reference, "Price that it leans on, before the stop's margin."),
        UpdateField("confidence", .real, \Self.confidence, "Mean of the rule's measures times quality, 0 to 1."),
        UpdateField("rewardRisk", .real, \Self.rewardRisk, "Distance of the target over distance of the stop."),
    ]

    private static let lifeFields = [
        UpdateField("exit", .price, \Self.exit, "Trade or close that ended it; null while open, or without a price."),
        UpdateField("ended", .time, \Self.ended, "When it ended; null while it is open."),
        UpdateField("held", .count, \Self.held, "Signals held back since the rule's last one."),
        UpdateField(
            "doubts", .marks(["coverage", "book", "revised"]), \Self.doubts,
            "Why it is doubtful; `revised`: a trade of its inputs came late, was cancelled or corrected."),
        UpdateField("direction", .choice(directionNames), \Self.direction, "Long or short."),
        UpdateField("rule", .choice(SignalRule.names), \Self.rule, "The rule that made it."),
        UpdateField(
            "status", .choice(SignalStatus.names), \Self.status,
            "Open, or why it ended; `revised`: it had ended when an input changed."),
        UpdateField("doubtful", .flag, \Self.doubtful, "Whether anything speaks against its inputs."),
    ]
}

/// One input of a signal, with its quality.
public struct SignalInput: BitwiseCopyable, Sendable {
    public var number: Int64
    public var time: Int64
    /// Not a number where it is not known.
    public var coverage: Double
    public var inferredShare: Double
    public var role: UInt32
    public var kind: UInt8
    public var bookState: UInt8
    public var doubtful: UInt8
    public var revised: UInt8

    /// What a signal needs an input for: bits of `role`.
    public enum Role: Int, CaseIterable, Sendable {
        case state, area, reference, aggression, extreme, bars
    }

    init(_ evidence: Evidence, _ role: Role, minimumCoverage: Double) {
        number = Int64(clamping: evidence.number)
        time = evidence.time
        coverage = evidence.quality.coverage
        inferredShare = evidence.quality.inferredShare
        self.role = 1 << UInt32(role.rawValue)
        kind = evidence.kind.rawValue
        bookState = evidence.quality.bookState.rawValue
        doubtful = evidence.quality.doubts(minimumCoverage: minimumCoverage) == 0 ? 0 : 1
        revised = 0
    }

    static let none = SignalInput(
        Evidence(kind: .none, number: 0, time: 0, quality: .whole), .state, minimumCoverage: 0)

    static let fields = [
        UpdateField("number", .count, \Self.number, "Number of the update on its topic; 0 where it has none."),
        UpdateField("time", .time, \Self.time, "When it was known."),
        UpdateField("coverage", .real, \Self.coverage, "Its coverage, 0 to 1; null where it is not known."),
        UpdateField("inferredShare", .real, \Self.inferredShare, "Its share of inferred sides, 0 to 1."),
        UpdateField("role", .marks(Role.allCases.map { "\($0)" }), \Self.role, "What the signal needs it for."),
        UpdateField("kind", .choice(EvidenceKind.names), \Self.kind, "What told it."),
        UpdateField(
            "bookState", .choice(BookState.allCases.map { "\($0)" }), \Self.bookState, "What the book was like."),
        UpdateField("doubtful", .flag, \Self.doubtful, "Whether its quality is below what is asked for."),
        UpdateField("revised", .flag, \Self.revised, "Whether a trade behind it was changed after the signal."),
    ]
}

extension Quality {
    /// Bits of `SignalUpdate.doubts`. An unknown coverage raises no doubt.
    func doubts(minimumCoverage: Double) -> UInt32 {
        let book =
            switch bookState {
            case .none, .whole: false
            case .resyncing, .crossed: true
            }
        return (coverage < minimumCoverage ? SignalUpdate.coverageDoubt : 0) | (book ? SignalUpdate.bookDoubt : 0)
    }

    /// Of an input whose quality nobody tells, such as the prior session's value area.
    static let unknown = Quality(coverage: .nan, gapSeconds: 0, inferredShare: .nan, bookState: .none)
}

/// The inputs of one signal; more than the limit no rule names.
struct SignalInputs: Plain, Sendable {
    static let limit = 5
    private(set) var count = 0
    /// The worst of all whose quality is known.
    private(set) var quality = Quality.whole
    private var cells = InlineArray<5, SignalInput>(repeating: .none)

    static var bounds: [PlainBound] { .part(\Self.quality) }

    init() {}

    subscript(index: Int) -> SignalInput { cells[index] }

    mutating func add(_ evidence: Evidence, _ role: SignalInput.Role, minimumCoverage: Double) {
        precondition(count < SignalInputs.limit, "A rule must name at most as many inputs as there is room for.")
        cells[count] = SignalInput(evidence, role, minimumCoverage: minimumCoverage)
        count += 1
        if !evidence.quality.coverage.isNaN { quality = quality.worst(evidence.quality) }
    }

    /// A trade at `time` has changed: all inputs that were known only after it are not what they were.
    mutating func revise(_ time: Int64) {
        for index in 0..<count where cells[index].time > time { cells[index].revised = 1 }
    }
}
