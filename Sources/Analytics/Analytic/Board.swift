internal import Market
internal import Memory
public import Updates

/// What an update of another kind told, as evidence: its kind, its number on its topic, and how good it was.
public struct Evidence: BitwiseCopyable, Sendable {
    public var kind: EvidenceKind
    /// The number of the update on its topic; 0 where it is not published.
    public var number: UInt64
    /// Venue time at which it was known, nanoseconds.
    public var time: Int64
    public var quality: Quality

    public init(kind: EvidenceKind, number: UInt64, time: Int64, quality: Quality) {
        self.kind = kind
        self.number = number
        self.time = time
        self.quality = quality
    }
}

/// Kinds of updates that a derived value may rest on; the names go on the wire.
public enum EvidenceKind: UInt8, CaseIterable, BitwiseCopyable, Sendable {
    case none, candle, vwap, profile, priorProfile, delta, footprint, zone, sweep, absorption, exhaustion, divergence
    case iceberg, hidden, print, unusual, lowNode, nakedControl, tpo, toxicity, indicator, state, formula, book

    public static let names = EvidenceKind.allCases.map { "\($0)" }
}

/// Something that a detector found, known from `time` on.
public struct Finding: BitwiseCopyable, Sendable {
    public var evidence: Evidence
    /// The side that it speaks for: +1 up, −1 down, 0 neither.
    public var direction: Int8
    /// The prices that it covers, billionths.
    public var low: Int64
    public var high: Int64

    public init(_ evidence: Evidence, direction: Int8, low: Int64, high: Int64) {
        self.evidence = evidence
        self.direction = direction
        self.low = low
        self.high = high
    }
}

/// A value area on the board: lower edges of rows, billionths.
public struct AreaReading: BitwiseCopyable, Equatable, Sendable {
    public var control: Int64
    public var high: Int64
    public var low: Int64
    public var rowHeight: Int64

    public init(control: Int64, high: Int64, low: Int64, rowHeight: Int64) {
        self.control = control
        self.high = high
        self.low = low
        self.rowHeight = rowHeight
    }

    /// Whether a price lies in the area, the highest row's height included.
    public func contains(_ price: Int64) -> Bool { price >= low && price < high &+ rowHeight }
}

/// The balance of the market (definitions §15).
public struct StateReading: BitwiseCopyable, Sendable {
    public enum State: UInt8, CaseIterable, BitwiseCopyable, Sendable { case transition, balance, imbalance }
    public var state: State
    /// +1 up, −1 down, 0 none: of an imbalance.
    public var direction: Int8
    public var confidence: Double
    /// Venue time since which the state holds.
    public var since: Int64
    public var evidence: Evidence

    public init(state: State, direction: Int8, confidence: Double, since: Int64, evidence: Evidence) {
        self.state = state
        self.direction = direction
        self.confidence = confidence
        self.since = since
        self.evidence = evidence
    }
}

/// A stack of imbalances that no trade has gone through yet (definitions §13).
public struct ZoneReading: BitwiseCopyable, Sendable {
    /// Lower edges of the lowest and the highest row, billionths.
    public var low: Int64
    public var high: Int64
    /// +1 buyers, −1 sellers.
    public var direction: Int8
    public var evidence: Evidence

    public init(low: Int64, high: Int64, direction: Int8, evidence: Evidence) {
        self.low = low
        self.high = high
        self.direction = direction
        self.evidence = evidence
    }
}

/// What is known of a symbol beyond single trades: what its state keeps, and what analytics found.
public struct Board: Sendable {
    /// Findings that are remembered; the oldest makes room.
    public static let findingLimit = 64
    /// Zones that are remembered; the oldest makes room.
    public static let zoneLimit = 64

    // From the symbol's state, as of the last finished bar or show; at a wake at most a second old.
    /// The session's sums so far.
    public internal(set) var sums = Bar(start: .distantFuture, end: .distantFuture)
    /// The session's mean price by volume and its deviation, quote currency; not a number before the first trade, or
    /// where `vwap` is not computed.
    public internal(set) var meanPrice = Double.nan
    public internal(set) var deviation = Double.nan
    /// The developing value area and nodes: where an analytic has the interest `profile` and `profile` is computed.
    public internal(set) var area: AreaReading?
    public internal(set) var highNodes: [Int64] = []
    public internal(set) var lowNodes: [Int64] = []
    /// How the session before ended.
    public internal(set) var priorArea: AreaReading?
    public internal(set) var priorHighNodes: [Int64] = []
    public internal(set) var priorLowNodes: [Int64] = []
    /// The prior session's high, low and close, billionths.
    public internal(set) var priorHigh: Int64?
    public internal(set) var priorLow: Int64?
    public internal(set) var priorClose: Int64?

    // From analytics.
    /// The first hour's range once it is complete, billionths (`tpo`).
    public var initialLow: Int64?
    public var initialHigh: Int64?
    /// The part of rows with exactly one TPO, 0 to 1; not a number without `tpo`.
    public var singlePrintShare = Double.nan
    public var state: StateReading?
    /// Where brackets trade against the prior value area (`state`).
    public var acceptance: AcceptanceReading?
    public private(set) var zones: [ZoneReading] = []
    public private(set) var findings: [Finding] = []

    public init() {
        zones.reserveCapacity(Board.zoneLimit)
        findings.reserveCapacity(Board.findingLimit)
    }

    /// What the session left becomes the prior one's; a session without a profile leaves none.
    mutating func endSession() {
        (priorArea, priorHighNodes, priorLowNodes) = (area, highNodes, lowNodes)
        (area, highNodes, lowNodes) = (nil, [], [])
        if sums.hasPrice { (priorHigh, priorLow, priorClose) = (sums.high, sums.low, sums.close) }
        (initialLow, initialHigh) = (nil, nil)
        singlePrintShare = .nan
    }

    /// Takes off what analytics left.
    mutating func forgetFindings() {
        (initialLow, initialHigh, singlePrintShare, state, acceptance) = (nil, nil, .nan, nil, nil)
        zones.removeAll(keepingCapacity: true)
        findings.removeAll(keepingCapacity: true)
    }

    public mutating func add(_ finding: Finding) {
        if findings.count == Board.findingLimit { findings.removeFirst() }
        findings.append(finding)
    }

    public mutating func add(_ zone: ZoneReading) {
        if zones.count == Board.zoneLimit { zones.removeFirst() }
        zones.append(zone)
    }

    public mutating func removeZones(where isOver: (ZoneReading) -> Bool) { zones.removeAll(where: isOver) }
}

extension Board: Archivable {
    mutating func archive(_ archive: inout Archive) {
        archive.values(&sums, &meanPrice, &deviation)
        archive.optional(&area)
        archive.array(&highNodes)
        archive.array(&lowNodes)
        archive.optional(&priorArea)
        archive.array(&priorHighNodes)
        archive.array(&priorLowNodes)
        archive.optional(&priorHigh)
        archive.optional(&priorLow)
        archive.optional(&priorClose)
        archive.optional(&initialLow)
        archive.optional(&initialHigh)
        archive.value(&singlePrintShare)
        archive.optional(&state)
        archive.optional(&acceptance)
        archive.array(&zones)
        archive.array(&findings)
        let isSound = zones.count <= Board.zoneLimit && findings.count <= Board.findingLimit
        archive.check(isSound, "the board has too many zones or findings")
    }
}
