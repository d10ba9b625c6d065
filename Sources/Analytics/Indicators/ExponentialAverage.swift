internal import Memory

/// EMA: an average to which each number adds the part 2/(n+1) of its distance (definitions §8).
///
/// It begins as the mean of the first n numbers, as TA-Lib and the Stock Indicators library do. pandas with
/// `adjust=False` begins with the first number itself and differs until that has faded.
public struct ExponentialAverage: SeriesIndicator {
    public let length: Int
    public let unit: CountUnit
    /// In units; not a number until n numbers were seen.
    public private(set) var value = Double.nan
    private var seen = 0
    private var sum = 0.0

    /// `length` is above 0.
    public init(length: Int, unit: CountUnit) {
        precondition(length > 0, "An average needs a length.")
        self.length = length
        self.unit = unit
    }

    @discardableResult
    public mutating func add(_ count: Int64) -> Double { add(value: unit.value(count)) }

    /// Takes a number in units, which must be one.
    @discardableResult
    public mutating func add(value new: Double) -> Double {
        if seen < length {
            seen += 1
            sum += new
            if seen == length { value = sum / Double(length) }
        } else {
            value += (new - value) * (2 / Double(length + 1))
        }
        return value
    }

    public mutating func reset() { self = ExponentialAverage(length: length, unit: unit) }
}

extension ExponentialAverage: Archivable {
    mutating func archive(_ archive: inout Archive) {
        archive.values(&value, &seen, &sum)
    }
}
