internal import Market
internal import Memory
internal import Updates

/// How an iceberg was seen (definitions §12).
public enum IcebergMethod: UInt8, CaseIterable, BitwiseCopyable, Sendable {
    /// One price's size came back after trades.
    case level
    /// One order executed more than it showed, or showed more again after a fill.
    case native
    /// A new order stood at the price right after the last one was consumed, again and again.
    case synthetic

    static let names = IcebergMethod.allCases.map { "\($0)" }
}

/// What ended an iceberg.
enum IcebergEnd: UInt8, CaseIterable, BitwiseCopyable, Sendable {
    /// It has not ended.
    case open
    /// Its last tranche was executed and none came.
    case filled
    /// What it showed was taken away without a trade.
    case cancelled
    /// The best price went past it and did not come back.
    case left
    /// Nothing was executed for too long.
    case idle
    /// A gap, a halt, a reset of the book, the session's end, or a newer one in its place.
    case cut

    static let names = IcebergEnd.allCases.map { "\($0)" }
}

/// What is known of one order that may hide: what was executed, what was shown, how often it came back.
struct Tranches: Plain, Sendable {
    /// What speaks for an iceberg; the names are those of the marks.
    struct Signs: OptionSet, BitwiseCopyable, Sendable {
        let rawValue: UInt32
        static let refilled = Signs(rawValue: 1)
        static let overfilled = Signs(rawValue: 2)
        static let chained = Signs(rawValue: 4)

        static let names = ["refilled", "overfilled", "chained"]
    }

    var price: Int64
    /// The hidden order's side of the book.
    var side: Side
    var method: IcebergMethod
    /// Steps.
    var executed: Int64 = 0
    /// The largest size shown at once, steps.
    var shown: Int64 = 0
    /// Sum of the rises of the shown size that no trade explains, steps.
    var added: Int64 = 0
    var refills: Int64 = 0
    var prints: Int64 = 0
    var firstTime: Int64 = 0
    var lastTime: Int64 = 0
    var first: UInt64 = 0
    var last: UInt64 = 0
    /// Executed volume whose side no venue told, steps.
    var inferred: Int64 = 0
    var signs: Signs = []
    /// It was published.
    var isTold = false
    /// A trade at its price and in its time was corrected.
    var isRevised = false

    static var bounds: [PlainBound] {
        [.choice(\Self.side), .choice(\Self.method), .flag(\Self.isTold), .flag(\Self.isRevised)]
    }

    init(price: Int64, side: Side, method: IcebergMethod) {
        self.price = price
        self.side = side
        self.method = method
    }

    /// Executed volume that was never shown: definitions §12, not below 0.
    var hidden: Int64 { max(0, executed &- shown &- added) }

    /// Adds an execution; the sum stays at the greatest number where sizes near their limit would exceed it.
    mutating func execute(_ quantity: Int64, time: Int64, number: UInt64, isInferred: Bool) {
        if prints == 0 { (firstTime, first, lastTime) = (time, number, time) }
        (executed, prints) = (Tranches.sum(executed, quantity), prints + 1)
        (lastTime, last) = (max(lastTime, time), number)
        if isInferred { inferred = Tranches.sum(inferred, quantity) }
    }

    mutating func add(_ quantity: Int64) { added = Tranches.sum(added, quantity) }

    static func sum(_ left: Int64, _ right: Int64) -> Int64 {
        let (sum, overflow) = left.addingReportingOverflow(right)
        return overflow ? .max : sum
    }
}

/// What an iceberg must be to be told, and how long it is waited for.
struct IcebergRule: Sendable {
    /// From a trade to the refill that it explains, nanoseconds.
    var within: Int64
    /// Without an execution for so long it is over, nanoseconds.
    var idle: Int64
    /// The fewest refills of a level or a chain.
    var refills: Int64
    /// The least executed volume of a level or a chain, as a multiple of the largest size shown.
    var ratio: Int64

    /// Whether it is told: one refill of an order's own is enough, a level's or a chain's may be somebody else's.
    func holds(_ tranches: Tranches) -> Bool {
        if tranches.method == .native { return true }
        guard tranches.refills >= refills, tranches.shown > 0 else { return false }
        return Int128(tranches.executed) >= Int128(ratio) * Int128(tranches.shown)
    }
}

/// An iceberg that was found, or that has ended.
struct IcebergNews: Plain, Sendable {
    var tranches: Tranches
    var end: IcebergEnd

    static var bounds: [PlainBound] { .part(\Self.tranches) + [.choice(\Self.end)] }
}
