internal import Market
internal import Memory
internal import Updates

/// A bar that grows until what it counts reaches its threshold, and then begins anew.
///
/// Sums are exact: trades, steps, or billionths × steps. A trade of unknown side counts for a bar's length and volume
/// and moves neither an imbalance nor a run.
struct MeasuredBar: BitwiseCopyable, Sendable {
    let rule: BarRule
    /// The place of its name in `AnalyticPlace.bars`.
    let name: Int
    private(set) var bar = Bar(start: .distantFuture, end: .distantFuture)
    /// The sum of all, buyers' less sellers' sum, or the buyers' sum.
    private var first: Int128 = 0
    /// The sellers' sum, of runs.
    private var second: Int128 = 0
    /// `Int128.max` while an adaptive bar expects nothing.
    private var threshold = Int128.max
    private var shortest: Int64 = 0
    private var longest = Int64.max
    /// The venue times of its trades, those counted that set no price.
    private(set) var firstTime = Int64.max
    private(set) var lastTime = Int64.min
    /// Where the last bar's window ended.
    private var floor = Int64.min
    private var expectation: BarExpectation?
    private let scale: Double
    var channel: Channel
    var marks: BarMarks = []
    /// A correction of the tape touched the open bar.
    var isRevised = false
    /// It has grown since it was last shown.
    var isChanged = false

    init(_ rule: BarRule, name: Int, channel: Channel, sizeStep: Int64) {
        self.rule = rule
        self.name = name
        self.channel = channel
        scale = rule.scale(sizeStep: sizeStep)
        switch rule.goal {
        case .fixed(let amount):
            threshold = rule.threshold(of: amount, sizeStep: sizeStep)
        case .expected(let trades, let span):
            expectation = BarExpectation(target: trades, span: span)
        }
        aim()
    }

    /// What is compared with the threshold.
    private var reached: Int128 {
        @inline(__always) get {
            switch rule.sum {
            case .plain: first
            case .imbalance: first < 0 ? 0 &- first : first
            case .runs: max(first, second)
            }
        }
    }

    var isComplete: Bool {
        @inline(__always) get {
            reached >= threshold && bar.count >= shortest || bar.count >= longest
        }
    }

    @inline(__always)
    private func amount(_ trade: WaitingTrade, _ quantity: Int64) -> Int128 {
        switch rule.measure {
        case .tick: 1
        case .volume: Int128(quantity)
        case .dollar: Int128(abs(trade.price)) &* Int128(quantity)
        }
    }

    /// Adds a trade, or the part of it that this bar takes.
    @inline(__always)
    mutating func add(_ trade: WaitingTrade, _ quantity: Int64) {
        let sign = trade.sign
        if _fastPath(!trade.isUnpriced) {
            bar.add(
                price: trade.price, quantity: quantity, sign: sign, inferred: trade.isInferred, time: trade.time)
        } else {
            bar.addUnpriced(quantity: quantity, sign: sign, inferred: trade.isInferred)
        }
        firstTime = min(firstTime, trade.time)
        lastTime = max(lastTime, trade.time)
        isChanged = true
        let amount = amount(trade, quantity)
        switch rule.sum {
        case .plain: first &+= amount
        case .imbalance: first &+= amount &* Int128(sign)
        case .runs:
            // By bits: a branch on a side is wrong every other time, 5 ns a trade.
            first &+= amount & Int128(truncatingIfNeeded: (0 &- sign) &>> 7)
            second &+= amount & Int128(truncatingIfNeeded: sign &>> 7)
        }
    }

    /// Whether a trade is more than the bar lacks.
    @inline(__always)
    func isCrossed(by trade: WaitingTrade) -> Bool { first &+ amount(trade, trade.quantity) > threshold }

    /// How much of a quantity fills the bar, where there is more of it; nil where all of it belongs here.
    func room(_ trade: WaitingTrade, _ quantity: Int64) -> Int64? {
        let left = threshold - first
        guard amount(trade, quantity) > left else { return nil }
        let price = Int128(trade.price.magnitude)
        let room = rule.measure == .dollar ? (left + price - 1) / price : left
        return room < Int128(quantity) ? Int64(room) : nil
    }

    /// What trades may add at most, however they fall, without completing the bar or being cut by it.
    var slack: BarSlack {
        let left = threshold - reached
        var trades = longest - bar.count
        // The threshold is reached, and the bar waits for its least length.
        if left <= 0 { trades = rule.splits ? 0 : min(trades, shortest - bar.count) }
        let amount = left <= 0 ? BarSlack.limit : Int64(min(left, Int128(BarSlack.limit)))
        return switch rule.measure {
        case .tick: BarSlack(trades: min(trades, amount))
        case .volume: BarSlack(trades: trades, volume: amount)
        // Its sums are of 128 bits: it takes each trade at once.
        case .dollar: BarSlack(trades: 0)
        }
    }

    /// The window that the bar's trades span: from the first to a nanosecond behind the last. Venues stamp many trades
    /// alike, so that a bar may end and the next begin in one instant: windows then follow each other by nanoseconds,
    /// and no two bars of a topic have the same start. The fields firstTime and lastTime tell the true times.
    var window: Window {
        let start = max(firstTime, floor)
        return Window(from: start, to: max(lastTime, start) &+ 1)
    }

    /// Ends the bar: its figures with their window, ready for those who asked for it.
    func finished() -> Bar {
        var finished = bar
        finished.start = Timestamp(nanoseconds: window.start)
        finished.end = Timestamp(nanoseconds: window.end)
        return finished
    }

    /// Begins the next bar. A bar that is complete and has no hole teaches what to expect of it.
    mutating func restart() {
        if marks.isDisjoint(with: [.partial, .gap]), !bar.isEmpty {
            expectation?.learn(trades: bar.count, first, second)
        }
        if !bar.isEmpty { floor = window.end }
        bar = Bar(start: .distantFuture, end: .distantFuture)
        (first, second) = (0, 0)
        (firstTime, lastTime) = (.max, .min)
        (marks, isRevised, isChanged) = ([], false, false)
        aim()
    }

    /// Sets the threshold of the bar that begins.
    private mutating func aim() {
        guard let expectation else { return }
        threshold = expectation.threshold ?? .max
        shortest = expectation.shortest
        longest = threshold == .max ? expectation.target : expectation.longest
    }

    /// The marks with what the sums tell of the bar's end.
    private var endMarks: BarMarks {
        bar.count >= longest && reached < threshold ? marks.union(.byLength) : marks
    }

    func update(cumulative: Int64, pending: Int64) -> BarUpdate {
        BarUpdate(
            candle: CandleUpdate(bar), delta: bar.delta, maxDelta: bar.maxDelta, minDelta: bar.minDelta,
            cumulative: cumulative, firstTime: firstTime, lastTime: lastTime,
            theta: (rule.sum == .runs ? reached : first).double / scale,
            threshold: threshold == .max ? .nan : threshold.double / scale,
            expectedLength: expectation?.length ?? .nan, pending: pending, marks: endMarks.rawValue,
            sum: BarUpdate.place(of: rule.sum, in: BarSum.allCases),
            measure: BarUpdate.place(of: rule.measure, in: BarMeasure.allCases), splits: rule.splits ? 1 : 0,
            adaptive: expectation == nil ? 0 : 1)
    }
}

extension MeasuredBar: Archivable {
    mutating func archive(_ archive: inout Archive) {
        archive.channel(&channel)
        archive.values(&bar, &first, &second, &threshold)
        archive.values(&shortest, &longest)
        archive.values(&firstTime, &lastTime, &floor)
        expectation?.archive(&archive)
        archive.choice(&marks)
        archive.values(&isRevised, &isChanged)
    }
}
