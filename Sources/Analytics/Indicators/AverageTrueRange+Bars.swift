extension AverageTrueRange: BarIndicator {
    @discardableResult
    public mutating func add(_ bar: borrowing Bar) -> Double {
        add(high: bar.high, low: bar.low, close: bar.close)
        return value
    }

    public mutating func reset() { self = AverageTrueRange(length: length, seed: seed) }
}
