internal import Memory

/// RSI after Wilder: how much of the recent movement went up, 0 to 100 (definitions §8).
///
/// Gains and losses begin as the means of the first n changes, the first number having none; then each change replaces
/// one n-th. This is Wilder's own seed; seeds from an exponential average differ at first. Without a loss the value is
/// 100, without any movement 50.
public struct RelativeStrength: SeriesIndicator {
    public let length: Int
    public let unit: CountUnit
    /// 0 to 100; not a number until n changes were seen.
    public private(set) var value = Double.nan
    private var last: Int64?
    private var changes = 0
    private var gain = 0.0
    private var loss = 0.0

    /// `length` is above 0.
    public init(length: Int, unit: CountUnit) {
        precondition(length > 0, "An average needs a length.")
        self.length = length
        self.unit = unit
    }

    @discardableResult
    public mutating func add(_ count: Int64) -> Double {
        defer { last = count }
        guard let last else { return value }
        let up = count > last ? distance(count, last) : 0
        let down = count < last ? distance(last, count) : 0
        if changes < length {
            changes += 1
            gain += up / Double(length)
            loss += down / Double(length)
            guard changes == length else { return value }
        } else {
            gain = (gain * Double(length - 1) + up) / Double(length)
            loss = (loss * Double(length - 1) + down) / Double(length)
        }
        value = gain + loss == 0 ? 50 : 100 * gain / (gain + loss)
        return value
    }

    public mutating func reset() { self = RelativeStrength(length: length, unit: unit) }

    /// The exact distance, which may need 64 bits without a sign, rounded once.
    private func distance(_ high: Int64, _ low: Int64) -> Double {
        Double(UInt64(bitPattern: high &- low)) * unit.value(1)
    }
}

extension RelativeStrength: Archivable {
    mutating func archive(_ archive: inout Archive) {
        archive.values(&value, &changes, &gain, &loss)
        archive.optional(&last)
    }
}
