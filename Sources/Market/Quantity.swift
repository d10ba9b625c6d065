/// A size as a count of its instrument's size step (1 share, 0.001 BTC): exact, and not addable to a price.
public struct Quantity: Hashable, Comparable, BitwiseCopyable, Sendable {
    /// One event's size may not exceed this many steps (4.5e15), so that a session's sums stay far from overflow.
    public static let limit: Int64 = 1 << 52
    public static let zero = Quantity(steps: 0)

    public var steps: Int64

    public init(steps: Int64) { self.steps = steps }

    public static func < (left: Quantity, right: Quantity) -> Bool { left.steps < right.steps }
}
