internal import Market

/// What candles and order flow of shorter windows, or trades, add up to.
struct WindowFold {
    let window: Range<Int64>
    var open: Int64?
    var high: Int64?
    var low: Int64?
    var close: Int64?
    var volume: Int64 = 0
    var buy: Int64 = 0
    var sell: Int64 = 0
    var trades: Int64 = 0
    /// Delta as it ran through the window, its 0 at the start counted.
    var maxDelta: Int64 = 0
    var minDelta: Int64 = 0
    var cumulative: Int64?
    /// Parts that were added, and what they know of their input.
    var parts = 0
    private var weighted = ExactSum()
    private var time: Int64 = 0
    private var covered = 0.0
    private var inferred = 0.0

    init(_ window: Range<Int64>) { self.window = window }

    var neutral: Int64 { volume - buy - sell }
    var delta: Int64 { buy - sell }
    /// Part of the parts' time that no declared gap covers; what lies between them nobody knows.
    var coverage: Double? { time > 0 ? covered / Double(time) : nil }
    /// Part of signed volume whose side was inferred.
    var inferredShare: Double? { buy + sell > 0 ? inferred / Double(buy + sell) : nil }
    var meanPrice: Double? { weighted.mean }

    // MARK: Parts

    mutating func add(_ bar: StoredBar) {
        if bar.open != nil, open == nil { open = bar.open }
        high = [high, bar.high].compactMap { $0 }.max()
        low = [low, bar.low].compactMap { $0 }.min()
        close = bar.close ?? close
        maxDelta = max(maxDelta, delta + (bar.maxDelta ?? 0))
        minDelta = min(minDelta, delta + (bar.minDelta ?? 0))
        volume += bar.volume
        buy += bar.buy
        sell += bar.sell
        trades += bar.trades
        cumulative = bar.cumulative ?? cumulative
        if let mean = bar.meanPrice { weighted.add(mean: mean, weight: bar.volume) }
        parts += 1
        let length = bar.window.upperBound - bar.window.lowerBound
        time += length
        covered += (bar.coverage ?? 0) * Double(length)
        inferred += (bar.inferredShare ?? 0) * Double(bar.buy + bar.sell)
    }

    mutating func add(_ trade: StoredTrade) {
        if trade.setsPrice {
            open = open ?? trade.price
            high = max(high ?? trade.price, trade.price)
            low = min(low ?? trade.price, trade.price)
            close = trade.price
            weighted.add(price: trade.price, quantity: trade.quantity)
        }
        volume += trade.quantity
        buy += trade.sign > 0 ? trade.quantity : 0
        sell += trade.sign < 0 ? trade.quantity : 0
        trades += 1
        maxDelta = max(maxDelta, delta)
        minDelta = min(minDelta, delta)
        inferred += trade.isInferred && trade.sign != 0 ? Double(trade.quantity) : 0
        parts += 1
    }
}

/// A stored candle or delta bar.
struct StoredBar {
    var window: Range<Int64>
    var open: Int64?
    var high: Int64?
    var low: Int64?
    var close: Int64?
    var volume: Int64 = 0
    var buy: Int64 = 0
    var sell: Int64 = 0
    var trades: Int64 = 0
    var meanPrice: Double?
    var maxDelta: Int64?
    var minDelta: Int64?
    var cumulative: Int64?
    var coverage: Double?
    var inferredShare: Double?
}

/// A stored trade.
struct StoredTrade {
    let price: Int64
    let quantity: Int64
    /// 1 bought, −1 sold, 0 nobody knows.
    let sign: Int
    let isInferred: Bool
    let setsPrice: Bool
}

/// A mean price: exact while it is made of trades, in doubles once a mean of means.
private struct ExactSum {
    private var turnover: Int128 = 0
    private var quantity: Int64 = 0
    private var means = 0.0
    private var weight = 0.0

    mutating func add(price: Int64, quantity: Int64) {
        turnover += Int128(price) * Int128(quantity)
        self.quantity += quantity
    }

    mutating func add(mean: Double, weight: Int64) {
        means += mean * Double(weight)
        self.weight += Double(weight)
    }

    var mean: Double? {
        if quantity > 0 { return Double(turnover) / Double(quantity) / Double(Price.scale) }
        return weight > 0 ? means / weight : nil
    }
}
