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
        for cell in rows {
            let row = bar[cell]
            let below = cell > rows.lowerBound ? bar[cell - 1] : .empty
            let above = cell + 1 < rows.upperBound ? bar[cell + 1] : .empty
            var mark: FootprintEntry.Marks = []
            if isImbalance(row.ask, over: below.bid) { mark.insert(.buyImbalance) }
            if isImbalance(row.bid, over: above.ask) { mark.insert(.sellImbalance) }
            if (row.ask == 0) != (row.bid == 0) { mark.insert(.zeroPrint) }
            note(mark)
        }
        if let area { marks[Int(area.control)].insert(.control) }
        findStacks(bar, .buyImbalance, .buy)
        findStacks(bar, .sellImbalance, .sell)
    }

    private mutating func note(_ mark: FootprintEntry.Marks) {
        marks.append(mark)
        if mark.contains(.buyImbalance) { buyImbalances += 1 }
        if mark.contains(.sellImbalance) { sellImbalances += 1 }
        if mark.contains(.zeroPrint) { zeroPrints += 1 }
    }

    /// Whether a side outweighs the other one row further (definitions §13); the products are exact.
    private func isImbalance(_ side: Int64, over other: Int64) -> Bool {
        guard side > 0 else { return false }
        guard other > 0 else { return !rule.ignoresZeros && side &* 2 >= twiceMinimum }
        return Int128(side) * Int128(Price.scale) >= Int128(rule.ratio) * Int128(other)
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
        var kept = 0
        for index in volumes.indices where volumes[index] > 0 {
            volumes.swapAt(kept, index)
            kept += 1
        }
        tradedRows = kept
        twiceMinimum = rule.minimum &* 2
        guard rule.minimum == 0, !rule.ignoresZeros, kept > 0 else { return }
        let upper = select(kept / 2, of: kept)
        guard kept % 2 == 0 else { return twiceMinimum = upper &* 2 }
        // All that lie before the upper middle are not above it: the largest of them is the lower middle.
        var lower: Int64 = 0
        for index in 0..<kept / 2 { lower = max(lower, volumes[index]) }
        twiceMinimum = lower &+ upper
    }

    /// The value that sorting the first `count` volumes would put at `place`; smaller ones lie before it afterwards.
    /// Hoare's selection: sorting would allocate.
    private mutating func select(_ place: Int, of count: Int) -> Int64 {
        var low = 0
        var high = count - 1
        while low < high {
            let pivot = volumes[(low + high) / 2]
            var left = low
            var right = high
            while left <= right {
                while volumes[left] < pivot { left += 1 }
                while volumes[right] > pivot { right -= 1 }
                if left <= right {
                    volumes.swapAt(left, right)
                    left += 1
                    right -= 1
                }
            }
            if place <= right { high = right } else if place >= left { low = left } else { break }
        }
        return volumes[place]
    }
}
