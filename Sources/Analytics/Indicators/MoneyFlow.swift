internal import Market
internal import Memory

/// MFI: how much of the money that changed hands did so on rising typical prices, 0 to 100.
///
/// A bar's money is its typical price × volume, the price without its sign; it flows up where the typical price lies
/// above that of the bar before, down where below, and nowhere where it is the same. The sums over n bars are exact.
/// Without money flowing down the value is 100, without any flow 50.
public struct MoneyFlow: BarIndicator {
    private struct Flow: Plain {
        var money: UInt128
        /// +1 up, −1 down, 0 neither.
        var direction: Int8
    }

    public let length: Int
    /// 0 to 100; not a number until n changes were seen.
    public private(set) var value = Double.nan
    private var flows: [Flow] = []
    private var next = 0
    private var last = Price.none.billionths
    private var up = WideSum.zero
    private var down = WideSum.zero

    /// `length` is above 0, usually 14.
    public init(length: Int) {
        precondition(length > 0, "A window needs a length.")
        self.length = length
    }

    @discardableResult
    public mutating func add(_ bar: borrowing Bar) -> Double {
        let typical = VolumeWeightedPrice.typicalPrice(high: bar.high, low: bar.low, close: bar.close)
        defer { last = typical }
        guard last != Price.none.billionths else { return value }
        let money = UInt128(typical.magnitude) &* UInt128(bar.volume.magnitude)
        take(Flow(money: money, direction: typical > last ? 1 : typical < last ? -1 : 0))
        guard flows.count == length else { return value }
        let (rising, falling) = (up.double, down.double)
        value = rising + falling == 0 ? 50 : 100 * rising / (rising + falling)
        return value
    }

    public mutating func reset() {
        flows.removeAll(keepingCapacity: true)
        (value, next, last) = (.nan, 0, Price.none.billionths)
        (up, down) = (.zero, .zero)
    }

    private mutating func take(_ flow: Flow) {
        let sum = WideSum(flow.money, times: 1)
        if flow.direction > 0 { up &+= sum }
        if flow.direction < 0 { down &+= sum }
        guard flows.count == length else { return flows.append(flow) }
        let left = flows[next]
        if left.direction > 0 { up &-= WideSum(left.money, times: 1) }
        if left.direction < 0 { down &-= WideSum(left.money, times: 1) }
        flows[next] = flow
        next = next + 1 == length ? 0 : next + 1
    }
}

extension MoneyFlow: Archivable {
    mutating func archive(_ archive: inout Archive) {
        archive.array(&flows)
        archive.values(&value, &next, &last)
        archive.values(&up, &down)
        archive.check(flows.count <= length && next >= 0 && next <= flows.count, "flows do not fit their window")
    }
}
