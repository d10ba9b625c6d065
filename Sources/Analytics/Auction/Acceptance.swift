public import Memory

/// Where a price lies against a value area; `none` where that is not known.
public enum AuctionPlace: UInt8, PlainChoice, Sendable {
    case none, below, inside, above

    public static let names = AuctionPlace.allCases.map { "\($0)" }
}

extension AreaReading {
    /// Where a price lies, the highest row's height being part of the area.
    public func place(of price: Int64) -> AuctionPlace {
        price < low ? .below : price < high &+ rowHeight ? .inside : .above
    }
}

/// What brackets say of the prior value area, and where the session opened (definitions §15).
public struct AcceptanceReading: Plain, Equatable, Sendable {
    /// Where the session's first trade lay; `none` where it was not seen, or without a prior area.
    public var opened = AuctionPlace.none
    /// Where the last brackets traded, if enough of them in a row did so.
    public var place = AuctionPlace.none
    /// Brackets in a row that traded where the last one did, 0 where that is not known.
    public var brackets = 0
    /// End of the bracket since which `place` holds, nanoseconds; 0 before the first.
    public var since: Int64 = 0

    public static var bounds: [PlainBound] { [.choice(\Self.opened), .choice(\Self.place)] }

    public init() {}
}

/// Whether the market accepts prices inside or outside of the prior value area (definitions §15).
///
/// A bracket counts as inside where any of its trades lay in the area, and as above or below where all of them lay
/// there: whoever leaves the area and returns within the bracket has been turned away. Two brackets in a row (or as
/// many as are set) of the same kind are acceptance, until a bracket of another kind ends. A bracket without a trade
/// neither counts nor breaks the row; one that traded on both sides but not within, or of which something was missed
/// and nothing lay inside, breaks it.
struct Acceptance: Plain, Sendable {
    /// Bits by the raw value of `AuctionPlace`.
    private var touched: UInt8 = 0
    private var run = 0
    private var last = AuctionPlace.none
    private(set) var reading = AcceptanceReading()

    static var bounds: [PlainBound] { .part(\Self.reading) + [.choice(\Self.last)] }

    init() {}

    @inline(__always)
    mutating func add(_ place: AuctionPlace) { touched |= 1 &<< place.rawValue }

    /// Where the session's first trade lay.
    mutating func open(_ place: AuctionPlace) { reading.opened = place }

    /// A bracket has ended at `time`; `isWhole` where nothing of it was missed.
    mutating func end(at time: Int64, isWhole: Bool, needed: Int) {
        guard touched != 0 else { return }
        let place = kind(isWhole: isWhole)
        touched = 0
        run = place == .none ? 0 : place == last ? run + 1 : 1
        last = place
        let accepted = run >= needed ? place : .none
        if accepted != reading.place { reading.since = time }
        reading.place = accepted
        reading.brackets = run
    }

    private func kind(isWhole: Bool) -> AuctionPlace {
        if touched & 1 << AuctionPlace.inside.rawValue != 0 { return .inside }
        guard isWhole else { return .none }
        if touched == 1 << AuctionPlace.above.rawValue { return .above }
        return touched == 1 << AuctionPlace.below.rawValue ? .below : .none
    }
}
