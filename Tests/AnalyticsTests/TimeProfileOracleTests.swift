import Analytics
import Market
import TestPrograms
import Testing
import Updates

/// A time profile counted the slow way: a set of rows per bracket, everything looked up anew.
private struct SlowProfile {
    var touched: [Int: Set<Int64>] = [:]
    var prices: [Int: [Int64]] = [:]
    let height: Int64

    init(_ trades: [(time: Int64, price: Int64)], bracket: Int64, height: Int64) {
        self.height = height
        for trade in trades { prices[Int(trade.time / bracket) + 1, default: []].append(trade.price) }
        for (bracket, prices) in prices {
            let rows = prices.map { Int64((Double($0) / Double(height)).rounded(.down)) }
            touched[bracket] = Set((rows.min() ?? 0)...(rows.max() ?? 0))
        }
    }

    var all: ClosedRange<Int64> {
        let rows = touched.values.reduce(into: Set<Int64>()) { $0.formUnion($1) }
        return (rows.min() ?? 0)...(rows.max() ?? 0)
    }
    var last: Int { prices.keys.max() ?? 0 }
    func makers(_ row: Int64) -> [Int] { touched.filter { $0.value.contains(row) }.map(\.key).sorted() }
    func count(_ row: Int64) -> Int64 { Int64(makers(row).count) }

    /// The row with most, next to the middle, then the lower.
    var control: Int64 {
        let most = all.map(count).max() ?? 0
        let twiceMiddle = all.lowerBound + all.upperBound
        return all.filter { count($0) == most }.min {
            (abs(2 * $0 - twiceMiddle), $0) < (abs(2 * $1 - twiceMiddle), $1)
        } ?? 0
    }

    var area: ClosedRange<Int64> {
        let total = all.map(count).reduce(0, +)
        var (low, high) = (control, control)
        while (low...high).map(count).reduce(0, +) * 10 < total * 7 {
            let up = [high + 1, high + 2].filter(all.contains)
            let down = [low - 1, low - 2].filter(all.contains)
            let above = up.map(count).reduce(0, +)
            let below = down.map(count).reduce(0, +)
            if down.isEmpty || !up.isEmpty && above >= below { high = up.last ?? high } else { low = down.last ?? low }
        }
        return low...high
    }

    func tail(_ rows: [Int64]) -> Int64 {
        let single = rows.prefix { makers($0).count == 1 && makers($0) != [last] }
        return single.count >= 2 ? Int64(single.count) : 0
    }

    /// Each single row inside with its bracket.
    var singles: [Int64: Int] {
        let rows = Array(all)
        let low = rows.first { count($0) != 1 } ?? rows[rows.count - 1] + 1
        let high = rows.last { count($0) != 1 } ?? low
        return rows.filter { $0 > low && $0 < high && count($0) == 1 }.reduce(into: [:]) { $0[$1] = makers($1)[0] }
    }
}

@Suite struct `Time profile against a slow one` {
    @Test(arguments: 0..<Campaign.rounds(60, each: 400))
    private func `brackets, rows and what they show are the same`(round: Int) throws {
        var chance = SeededChance(seed: Campaign.seed &+ UInt64(round) &* 7_919)
        let rowTicks = 1 + chance.below(3)
        let width = Int64([60, 300, 1_800][chance.below(3)])
        var settings = TimeProfileSettings()
        settings.bracket = .seconds(width)
        settings.initialBalance = .seconds(2 * width)
        settings.rowTicks = rowTicks
        var trial = AnalyticTrial([AnalyticChoice(TimeProfileAnalytic.self, settings)], tick: 1)
        var kept: [(time: Int64, price: Int64)] = []
        var time: Int64 = 0
        var price: Int64 = Int64(chance.below(400)) - 200
        let reach = 1 + chance.below(8)
        var checked = 0
        for _ in 0..<(1 + chance.below(120)) {
            time += Int64(chance.below(Int(width) * [1, 1, 4][chance.below(3)] / 3 + 1))
            price += Int64(chance.below(2 * reach + 1) - reach)
            let before = kept
            if chance.below(12) == 0, time > 0 {
                // A late one: the rows of the past change, and nothing is told before the next end.
                let late = Int64(chance.below(Int(time)))
                trial.clock(Double(time))
                trial.change(trial.made(Double(late), Double(price), 1, .unknown), isRemoval: false, .late)
                kept.append((late, price))
            } else {
                trial.trade(Double(time), Double(price), 1)
                kept.append((time, price))
            }
            for update in trial.said[checked...] { try check(update, before, width: width, rowTicks: rowTicks) }
            checked = trial.said.count
        }
        trial.closeSession()
        for update in trial.said[checked...] { try check(update, kept, width: width, rowTicks: rowTicks) }
        #expect(trial.said.last?.head.isFinal == true)
    }

    private func check(
        _ update: TrialUpdate, _ trades: [(time: Int64, price: Int64)], width: Int64, rowTicks: Int
    ) throws {
        let slow = SlowProfile(trades, bracket: width, height: Int64(rowTicks))
        let body: TimeProfileUpdate = update.body()
        let scale = Int64(rowTicks) * Price.scale
        let rows: [TimeProfileRow] = update.group(0)
        #expect(rows.map(\.count) == slow.all.map(slow.count))
        #expect(rows.map(\.price) == slow.all.map { $0 * scale })
        let area = slow.area
        #expect(
            [body.control, body.areaLow, body.areaHigh]
                == [slow.control, area.lowerBound, area.upperBound].map { $0 * scale })
        #expect(body.areaCount == area.map(slow.count).reduce(0, +) && body.brackets == Int64(slow.last))
        #expect(body.highTail == slow.tail(slow.all.reversed()) && body.lowTail == slow.tail(Array(slow.all)))
        #expect(body.hasPoorHigh == (slow.count(slow.all.upperBound) >= 2 ? 1 : 0))
        #expect(body.hasPoorLow == (slow.count(slow.all.lowerBound) >= 2 ? 1 : 0))
        let singles: [TimeRows.Singles] = update.group(1)
        var listed: [Int64: Int] = [:]
        for entry in singles {
            for row in stride(from: entry.low, through: entry.high, by: Int(scale)) {
                listed[row / scale] = Int(entry.bracket)
            }
        }
        #expect(listed == slow.singles)
        checkInitial(body, trades, ended: update.head.end - update.head.start >= 2 * width * Timestamp.second, width)
    }

    private func checkInitial(
        _ body: TimeProfileUpdate, _ trades: [(time: Int64, price: Int64)], ended: Bool, _ width: Int64
    ) {
        let first = trades.filter { $0.time < 2 * width }.map(\.price)
        guard let low = first.min(), let high = first.max() else {
            #expect(body.initialHigh == Price.none.billionths && body.isInitialComplete == 0)
            return
        }
        #expect(body.initialLow == low * Price.scale && body.initialHigh == high * Price.scale)
        #expect(body.isInitialComplete == (ended ? 1 : 0))
        guard ended else { return }
        let above = trades.filter { $0.price > high }
        let below = trades.filter { $0.price < low }
        #expect(body.upTicks == (above.map(\.price).max() ?? high) - high)
        #expect(body.downTicks == low - (below.map(\.price).min() ?? low))
        #expect(body.upBracket == (above.map { $0.time / width + 1 }.min() ?? 0))
        #expect(body.downBracket == (below.map { $0.time / width + 1 }.min() ?? 0))
    }
}
