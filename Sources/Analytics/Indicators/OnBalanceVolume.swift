internal import Market
internal import Memory

/// OBV: the volume of bars that closed higher less that of bars that closed lower; the first bar counts nothing.
public struct OnBalanceVolume: BarIndicator {
    public let unit: CountUnit
    private var close = Price.none.billionths
    private var sum: Int128 = 0

    /// `unit` is that of volume.
    public init(unit: CountUnit) { self.unit = unit }

    /// In units; not a number before the first bar.
    public var value: Double {
        guard close != Price.none.billionths else { return .nan }
        let low = Int64(truncatingIfNeeded: sum)
        // Only a sum that no real volume reaches does not fit 64 bits.
        return Int128(low) == sum ? unit.value(low) : Double(sum) * unit.value(1)
    }

    @discardableResult
    public mutating func add(_ bar: borrowing Bar) -> Double {
        if close != Price.none.billionths, bar.close != close {
            sum += bar.close > close ? Int128(bar.volume) : -Int128(bar.volume)
        }
        close = bar.close
        return value
    }

    public mutating func reset() { self = OnBalanceVolume(unit: unit) }
}

extension OnBalanceVolume: Archivable {
    mutating func archive(_ archive: inout Archive) {
        archive.values(&close, &sum)
    }
}
