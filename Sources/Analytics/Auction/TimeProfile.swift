internal import Market
internal import Memory

/// Time by price: which brackets of a session touched which rows (definitions §7).
///
/// A bracket puts one TPO in every row from its lowest to its highest price, so that the two prices are all that is
/// kept of it: a trade costs two comparisons, and rows are counted only when somebody reads them. Rows are multiples of
/// their height. Where the prices span more rows than the limit, the height is doubled for the reading, as often as
/// needed; since the prices are kept, the counts of the higher rows are exact and not sums of the lower ones.
///
/// A trade can be added to any bracket at any time. It cannot be taken out: what else was traded at the edge of a range
/// is not kept.
public struct TimeProfile: Sendable {
    /// Brackets of a session: one a minute for a day. The last one takes in all that comes later.
    public static let bracketLimit = 1_440
    public static let standardRowLimit = 4_096

    /// By bracket, the first is 0; those behind the last with a trade are not listed.
    public private(set) var ranges: [PriceRange] = []
    /// The range of all brackets.
    public private(set) var whole = PriceRange.empty
    private let rowHeight: Int64
    private let rowLimit: Int

    /// The height is in billionths.
    public init(rowHeight: Int64, rowLimit: Int) {
        precondition(rowHeight > 0 && rowHeight <= VolumeProfile.heightLimit, "A row must have a sensible height.")
        precondition(rowLimit >= VolumeProfile.smallestRowLimit, "A row limit has its own limits.")
        self.rowHeight = rowHeight
        self.rowLimit = rowLimit
    }

    public var isEmpty: Bool { ranges.isEmpty }
    /// The last bracket with a trade; −1 without any.
    public var last: Int { ranges.count - 1 }

    /// Adds a price to a bracket; true where this made the bracket's range larger.
    @inline(__always)
    public mutating func add(_ price: Int64, bracket: Int) -> Bool {
        if _fastPath(bracket < ranges.count && ranges[bracket].holds(price)) { return false }
        grow(price, bracket)
        return true
    }

    @inline(never)
    private mutating func grow(_ price: Int64, _ bracket: Int) {
        precondition(bracket >= 0 && bracket < TimeProfile.bracketLimit, "A bracket must lie within the limit.")
        while ranges.count <= bracket { ranges.append(.empty) }
        ranges[bracket].add(price)
        whole.add(price)
    }

    public func range(ofBracket bracket: Int) -> PriceRange {
        bracket >= 0 && bracket < ranges.count ? ranges[bracket] : .empty
    }

    public mutating func reset() {
        ranges.removeAll(keepingCapacity: true)
        whole = .empty
    }

    /// The rows as they stand, with their value area; nil where nothing was traded.
    public func rows(_ rule: ValueAreaRule) -> TimeRows? {
        guard !isEmpty else { return nil }
        let height = fittingHeight
        return TimeRows(ranges, whole, height: height, isMerged: height != rowHeight, rule)
    }

    /// The row height, doubled until the rows keep to their limit.
    private var fittingHeight: Int64 {
        var height = rowHeight
        while Int128(TimeRows.row(of: whole.high, height)) - Int128(TimeRows.row(of: whole.low, height))
            >= Int128(rowLimit)
        { height *= 2 }
        return height
    }
}

extension TimeProfile: Archivable {
    mutating func archive(_ archive: inout Archive) {
        archive.array(&ranges)
        archive.value(&whole)
        archive.check(ranges.count <= TimeProfile.bracketLimit, "a time profile has too many brackets")
    }
}
