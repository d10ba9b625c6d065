internal import Memory

/// The sample standard deviation of the last n price changes.
///
/// The mean is exact, so that equal changes have the deviation 0 and not the noise of a rounding. The squares are
/// summed anew each time it is asked for, once per bar: at the limit of the window some ten microseconds.
public struct RollingDeviation: ~Copyable, Sendable {
    public static let windowLimit = 10_000

    public let window: Int
    public private(set) var count = 0
    private var next = 0
    private var sum: Int128 = 0
    private var changes: FixedCells<Int64>

    public init(window: Int) {
        precondition(window >= 2 && window <= RollingDeviation.windowLimit, "A window must lie within its limit.")
        self.window = window
        changes = FixedCells(repeating: 0, count: window)
    }

    /// Adds a change, billionths; the oldest makes room.
    public mutating func add(_ change: Int64) {
        if count == window { sum -= Int128(changes[next]) } else { count += 1 }
        sum += Int128(change)
        changes[next] = change
        next = next + 1 == window ? 0 : next + 1
    }

    /// Billionths; not a number with fewer than two changes.
    public var deviation: Double {
        guard count >= 2 else { return .nan }
        let (mean, rest) = ExactMean.split(sum, Int64(count))
        var squares = 0.0
        for index in 0..<count {
            let distance = Double(changes[index]) - Double(mean)
            squares += distance * distance
        }
        return (max(0, squares - Double(count) * rest * rest) / Double(count - 1)).squareRoot()
    }
}
