internal import Market

/// What makes an imbalance, a stack and a value area (definitions §13 and §6).
struct FootprintRule: Sendable {
    /// How many times one side must be the other, in billionths.
    let ratio: Int64
    /// Steps that a side must have where the other has none; 0 for the median row volume of the bar.
    let minimum: Int64
    /// Where the other side has none there is no imbalance.
    let ignoresZeros: Bool
    /// Consecutive rows that make a stack.
    let stack: Int
    let area: ValueAreaRule
}

/// Consecutive rows with an imbalance of the same side, as indices from the bar's lowest row.
struct ImbalanceStack: BitwiseCopyable, Equatable, Sendable {
    let side: Side
    let low: Int
    let high: Int
    /// Volume of the aggressors in these rows, steps.
    let volume: Int64
}

/// What the rows of one bar show; one study serves bar after bar and keeps its memory.
struct FootprintStudy: Sendable {
    let rule: FootprintRule
    /// Marks of each row from the lowest to the highest, the rows without trades too.
    private(set) var marks: [FootprintEntry.Marks] = []
    private(set) var stacks: [ImbalanceStack] = []
    /// As indices from the lowest row; nil for a bar without volume.
    private(set) var area: ValueArea?
    private(set) var buyImbalances = 0
    private(set) var sellImbalances = 0
    private(set) var zeroPrints = 0
    /// Rows that hold volume.
    private(set) var tradedRows = 0
    private var volumes: [Int64] = []
    /// Twice the volume that a side needs where the other has none.
    private var twiceMinimum: Int64 = 0

    init(_ rule: FootprintRule) { self.rule = rule }

    mutating func examine(_ bar: borrowing FootprintBar) {
        let rows = bar.filled
        marks.removeAll(keepingCapacity: true)
        stacks.removeAll(keepingCapacity: true)
        volumes.removeAll(keepingCapacity: true)
        (buyImbalances, sellImbalances, zeroPrints, tradedRows) = (0, 0, 0, 0)
        for cell in rows { volumes.append(bar[cell].volume) }
        area = ValueArea.of(volumes.span, rule: rule.area)
        setMinimum()
        var below: Int64 = 0
        for cell in rows {
            let (bid, ask) = (bar[cell].bid, bar[cell].ask)
            let above = cell + 1 < rows.upperBound ? bar[cell + 1].ask : 0
            note(buys: isImbalance(ask, over: below), sells: isImbalance(bid, over: above), (ask == 0) != (bid == 0))
            below = bid
        }
        if let area { marks[Int(area.control)].insert(.control) }
        if buyImbalances >= rule.stack { findStacks(bar, .buyImbalance, .buy) }
        if sellImbalances >= rule.stack { findStacks(bar, .sellImbalance, .sell) }
    }

    /// By bits: which rows show what, no processor can guess.
    private mutating func note(buys: Bool, sells: Bool, _ isZeroPrint: Bool) {
        let (buy, sell, zero): (UInt32, UInt32, UInt32) = (buys ? 1 : 0, sells ? 1 : 0, isZeroPrint ? 1 : 0)
        marks.append(FootprintEntry.Marks(rawValue: buy | sell << 1 | zero << 2))
        buyImbalances &+= Int(buy)
        sellImbalances &+= Int(sell)
        zeroPrints &+= Int(zero)
    }

    /// Whether a side outweighs the other one row further (definitions §13); the products are exact.
    private func isImbalance(_ side: Int64, over other: Int64) -> Bool {
        let outweighs = Int128(side) &* Int128(Price.scale) >= Int128(rule.ratio) &* Int128(other)
        let stands = side &* 2 >= twiceMinimum
        return side > 0 ? (other > 0 ? outweighs : stands && !rule.ignoresZeros) : false
    }

    private mutating func findStacks(
        _ bar: borrowing FootprintBar, _ mark: FootprintEntry.Marks, _ side: Side
    ) {
        let first = bar.filled.lowerBound
        var low = 0
        var volume: Int64 = 0
        for index in 0...marks.count {
            if index < marks.count, marks[index].contains(mark) {
                volume &+= side == .buy ? bar[first + index].ask : bar[first + index].bid
                continue
            }
            if index - low >= rule.stack {
                stacks.append(ImbalanceStack(side: side, low: low, high: index - 1, volume: volume))
            }
            low = index + 1
            volume = 0
        }
    }
}

// MARK: The median

extension FootprintStudy {
    /// Counts the rows with volume, and finds the least volume of a side whose opposite has none.
    private mutating func setMinimum() {
        // Taken out and put back: a span of its own property would lend out the whole study.
        var held: [Int64] = []
        swap(&held, &volumes)
        defer { swap(&held, &volumes) }
        var values = held.mutableSpan
        let kept = values.count - FootprintStudy.gather(&values, 0..<values.count, below: 1)
        tradedRows = kept
        twiceMinimum = rule.minimum &* 2
        guard rule.minimum == 0, !rule.ignoresZeros, kept > 0 else { return }
        let first = values.count - kept
        let middle = first + kept / 2
        let upper = FootprintStudy.select(&values, middle, from: first)
        guard kept % 2 == 0 else { return twiceMinimum = upper &* 2 }
        // All that lie before the upper middle are not above it: the largest of them is the lower middle.
        var lower: Int64 = 0
        for index in first..<middle { lower = max(lower, values[index]) }
        twiceMinimum = lower &+ upper
    }

    /// The value that sorting the values from `first` on would put at `place`; smaller ones lie before it afterwards.
    /// Sorting would allocate.
    private static func select(_ values: inout MutableSpan<Int64>, _ place: Int, from first: Int) -> Int64 {
        var low = first
        var end = values.count
        while end - low > 1 {
            let (left, middle, right) = (values[low], values[(low + end) / 2], values[end - 1])
            let pivot = max(min(left, middle), min(max(left, middle), right))
            let smaller = low + gather(&values, low..<end, below: pivot)
            if place < smaller {
                end = smaller
                continue
            }
            // Many rows hold the same few steps: those that are the pivot are not looked at again.
            low = smaller + gather(&values, smaller..<end, below: pivot + 1)
            if place < low { return pivot }
        }
        return values[low]
    }

    /// Brings the values below a bound to the beginning of a range, and counts them. Without a branch on a value, which
    /// no processor can guess.
    private static func gather(_ values: inout MutableSpan<Int64>, _ range: Range<Int>, below bound: Int64) -> Int {
        var next = range.lowerBound
        for index in range {
            let value = values[index]
            values[index] = values[next]
            values[next] = value
            next &+= value < bound ? 1 : 0
        }
        return next - range.lowerBound
    }
}
