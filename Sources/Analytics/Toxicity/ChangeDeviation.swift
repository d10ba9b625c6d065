internal import Memory

/// The sample standard deviation of the last n price changes, from exact sums: equal changes have the deviation 0 and
/// not the noise of a rounding.
public struct ChangeDeviation: Sendable {
    public static let windowLimit = 10_000

    private var changes: RollingCounts
    /// Every change with the weight 1.
    private var sums = VolumeWeightedPrice()

    public init(window: Int) {
        precondition(window >= 2 && window <= ChangeDeviation.windowLimit, "A window must lie within its limit.")
        changes = RollingCounts(length: window)
    }

    public var count: Int { changes.count }

    /// Adds a change, billionths; the oldest makes room.
    public mutating func add(_ change: Int64) {
        sums.add(price: change, quantity: 1)
        if let left = changes.push(change) { sums.remove(price: left, quantity: 1) }
    }

    /// Units of the quote currency; not a number with fewer than two changes.
    public var deviation: Double {
        guard count >= 2 else { return .nan }
        return (sums.variance * (Double(count) / Double(count - 1))).squareRoot()
    }
}

extension ChangeDeviation: Archivable {
    mutating func archive(_ archive: inout Archive) {
        changes.archive(&archive)
        archive.value(&sums)
    }
}
