/// What became of a row of a recording: each row counts in exactly one of these.
public enum RowOutcome: Int, CaseIterable, Sendable {
    /// It gave events, or it moved its book's sequence on without a level.
    case replayed
    /// It says what was known already: a quote that is the same, a book that did not move.
    case unchanged
    /// A heading, a blank line, a record that only names symbols.
    case heading
    /// A kind of row that no event stands for.
    case notReplayed
    /// The graph does not want its symbol.
    case refusedSymbol
    /// Its size is no multiple of the instrument's size step, or out of range.
    case offStep
    /// A trade that its venue marks as none of the market's (insurance fund, auto-deleveraging).
    case notMarketTrade
    /// A row that its own recorder marks as suspicious.
    case suspicious
    /// A trade that the file tells a second time by another kind of row (`trade` beside `aggTrade`).
    case otherTradeKind
    /// A change of a book that its snapshot holds already.
    case superseded
    /// A change of a book that no snapshot leads to.
    case unsynchronized
    /// It waits for its book's snapshot; none is left in this state at the end.
    case held
    case unreadable
}

/// Rows and events of a recording, so that nothing is lost in silence: `rows` is the sum over all outcomes.
public struct RecordingCounts: Sendable, Equatable {
    public internal(set) var rows: UInt64 = 0
    public internal(set) var events: UInt64 = 0
    /// Levels inside of replayed rows whose size is off its step.
    public internal(set) var offStepLevels: UInt64 = 0
    /// Holes in a venue's own numbering.
    public internal(set) var sequenceGaps: UInt64 = 0
    /// Rows and levels with a size off its step, by the symbol's index.
    public internal(set) var offStepBySymbol: [UInt32: UInt64] = [:]
    /// Signed: a held row can be decided before it is counted itself.
    private var outcomes = [Int64](repeating: 0, count: RowOutcome.allCases.count)

    public init() {}

    public subscript(outcome: RowOutcome) -> UInt64 { UInt64(clamping: outcomes[outcome.rawValue]) }

    /// The rows of all outcomes together.
    public var accounted: UInt64 { UInt64(clamping: outcomes.reduce(0, +)) }

    mutating func add(_ outcome: RowOutcome) {
        rows += 1
        outcomes[outcome.rawValue] += 1
    }

    /// Decides rows that were held back.
    mutating func settle(_ count: UInt64 = 1, as outcome: RowOutcome) {
        outcomes[RowOutcome.held.rawValue] -= Int64(count)
        outcomes[outcome.rawValue] += Int64(count)
    }

    public static func += (total: inout RecordingCounts, part: RecordingCounts) {
        total.rows += part.rows
        total.events += part.events
        total.offStepLevels += part.offStepLevels
        total.sequenceGaps += part.sequenceGaps
        total.offStepBySymbol.merge(part.offStepBySymbol, uniquingKeysWith: +)
        for index in total.outcomes.indices { total.outcomes[index] += part.outcomes[index] }
    }
}

/// The rows of a recording that could not be read: all counted, the first ones kept, and the last word on damage.
public struct RecordingFaults: Sendable, Equatable {
    /// How many are kept with place and reason.
    public static let keptLimit = 20

    public private(set) var count: UInt64 = 0
    public private(set) var kept: [RecordingFault] = []

    public init() {}

    mutating func add(_ fault: RecordingFault) {
        count += 1
        keep(fault)
    }

    /// A damaged file is why its rows are nonsense: its checksum speaks last, and must be heard.
    private mutating func keep(_ fault: RecordingFault) {
        if kept.count < Self.keptLimit {
            kept.append(fault)
        } else if case .damaged = fault.reason {
            kept[Self.keptLimit - 1] = fault
        }
    }

    public static func += (total: inout RecordingFaults, part: RecordingFaults) {
        total.count += part.count
        for fault in part.kept { total.keep(fault) }
    }
}
