import Analytics
import Market
import TestPrograms
import Testing
import Updates

extension TrialUpdate {
    fileprivate var zone: ZoneUpdate { body() }
    fileprivate var ending: ZoneUpdate.Ending? { ZoneUpdate.Ending(rawValue: zone.ending) }
}

/// A bar with one stack of buyers, 100.25 to 100.75, that closes at `close`.
private func stacked(closingAt close: Double = 101, widths: [Int] = [60]) -> AnalyticTrial {
    var trial = footprints(widths)
    trial.fill(from: 1, [(100, 30, 0), (100.25, 20, 95), (100.5, 12, 66), (100.75, 8, 40), (101, 40, 0)])
    trial.trade(30, close, 10)
    trial.clock(60)
    return trial
}

@Suite struct `A zone` {
    @Test func `is born as its bar closes and stands on the board`() throws {
        let trial = stacked()
        let said = trial.on("zone/1m/")
        let zone = try #require(said.first).zone
        #expect(said.count == 1 && !said[0].head.isFinal && said[0].ending == ZoneUpdate.Ending.none)
        #expect(zone.low == AnalyticTrial.billionths(100.25) && zone.high == AnalyticTrial.billionths(100.75))
        #expect(zone.rows == 3 && zone.volume == 95 + 66 + 40 && zone.side == Side.buy.rawValue && zone.zone == 1)
        #expect(zone.since == AnalyticTrial.time(60) && zone.ended == 0 && zone.trades == 9)
        #expect(zone.firstNumber == 1 && zone.lastNumber == 9 && zone.atHigh == 0 && zone.atLow == 0)
        let reading = try #require(trial.set.surroundings.board.zones.first)
        #expect(trial.set.surroundings.board.zones.count == 1)
        #expect(reading.low == zone.low && reading.high == zone.high && reading.direction == 1)
        #expect(reading.evidence.kind == .zone && reading.evidence.number == 1 && reading.evidence.time == zone.since)
    }

    @Test func `of buyers ends with the first trade below it`() throws {
        var trial = stacked()
        // Down to its lowest price, up through it, and down again: it holds.
        for (index, price) in [100.75, 100.25, 101.5, 100.25].enumerated() { trial.trade(61 + Double(index), price, 1) }
        #expect(trial.on("zone/1m/").count == 1)
        trial.trade(70, 100, 1)
        let last = try #require(trial.on("zone/1m/").last)
        #expect(last.head.isFinal && last.ending == .through && last.zone.ended == AnalyticTrial.time(70))
        #expect(last.zone.zone == 1 && last.zone.endNumber == 14 && last.zone.low == AnalyticTrial.billionths(100.25))
        #expect(last.head.start.nanoseconds == AnalyticTrial.time(0) && last.head.number == 2)
        #expect(last.head.end.nanoseconds == AnalyticTrial.time(70))
        #expect(trial.set.surroundings.board.zones.isEmpty)
    }

    @Test func `of sellers ends with the first trade at or above the end of its highest row`() throws {
        var trial = footprints([60]) { $0.rowTicks = 2 }
        trial.fill(from: 1, [(98.5, 0, 60), (99, 40, 8), (99.5, 66, 12), (100, 95, 20), (100.5, 0, 30)])
        trial.trade(30, 98.5, 1)
        trial.clock(60)
        let zone = try #require(trial.on("zone/1m/").first).zone
        #expect(zone.side == Side.sell.rawValue && zone.high == AnalyticTrial.billionths(100))
        #expect(zone.rowHeight == AnalyticTrial.billionths(0.5))
        trial.trade(61, 100.25, 1)
        #expect(trial.on("zone/1m/").count == 1)
        trial.trade(62, 100.5, 1)
        #expect(trial.on("zone/1m/").last?.ending == .through)
    }

    @Test func `is none where its bar has closed beyond it`() {
        #expect(stacked(closingAt: 100.25).on("zone/1m/").count == 1)
        let gone = stacked(closingAt: 100)
        #expect(gone.on("zone/1m/").isEmpty && gone.on("footprint/1m/")[0].stacks.count == 1)
    }

    @Test func `ends with the session`() {
        var trial = stacked()
        trial.closeSession()
        #expect(trial.on("zone/1m/").last?.ending == .session)
        #expect(trial.set.surroundings.board.zones.isEmpty)
        trial.openSession(day: 1)
        trial.trade(86_401, 50, 1)
        #expect(trial.on("zone/1m/").count == 2)
    }

    @Test func `is apart from that of another width with the same number`() {
        var trial = stacked(widths: [60, 300])
        trial.clock(300)
        #expect(trial.on("zone/1m/").count == 1 && trial.on("zone/5m/").count == 1)
        #expect(trial.set.surroundings.board.zones.map(\.evidence.number) == [1, 1])
        trial.trade(301, 99, 1)
        #expect(trial.on("zone/1m/").last?.ending == .through && trial.on("zone/5m/").last?.ending == .through)
        #expect(trial.set.surroundings.board.zones.isEmpty)
    }

    @Test func `is not found anew where the tape is changed, and says so`() throws {
        var trial = stacked()
        trial.change(trial.made(2, 100.25, 900, .sell), isRemoval: false, .late)
        trial.change(trial.made(60.5, 99, 1, .sell), isRemoval: false, .late)
        #expect(trial.on("zone/1m/").count == 1)
        trial.trade(61, 99, 1)
        #expect(trial.on("zone/1m/").last?.head.flags == .inputRevised)
    }

    @Test func `is not ended by a trade older than itself`() {
        var trial = stacked()
        trial.trade(59, 99, 1)
        #expect(trial.on("zone/1m/").count == 1 && trial.on("footprint/1m/").count == 2)
        trial.trade(61, 99, 1)
        #expect(trial.on("zone/1m/").last?.ending == .through)
        #expect(trial.on("zone/1m/").last?.head.flags == .inputRevised)
    }

    @Test func `makes way for another when there are too many`() throws {
        var trial = footprints([60])
        // Each bar stacks one zone of buyers ever higher: none is traded through.
        for bar in 0..<70 {
            let low = 100 + Double(bar)
            trial.fill(from: Double(bar) * 60 + 1, [(low, 0, 95), (low + 0.25, 0, 95), (low + 0.5, 0, 95)])
        }
        trial.clock(70 * 60)
        let said = trial.on("zone/1m/")
        #expect(said.map(\.head.number) == (1...76).map { UInt64($0) })
        #expect(said.filter { $0.ending == .limit }.map(\.zone.zone) == [1, 2, 3, 4, 5, 6])
        let living = said.filter { $0.ending == ZoneUpdate.Ending.none }.suffix(64)
        #expect(living.allSatisfy { UInt64($0.zone.zone) == $0.head.number })
        #expect(trial.set.surroundings.board.zones.map(\.evidence.number) == living.map(\.head.number))
    }
}

// MARK: Against a plain search

/// A zone as a plain search over the whole tape finds it.
private struct PlainZone: Hashable {
    let since: Int64
    let low: Int64
    let high: Int64
    let isBuy: Bool
    let ended: Int64
    let endNumber: UInt64
}

private func zones(of tape: [Trade], width: Int64, close: Int64, height: Int64) -> Set<PlainZone> {
    var zones: Set<PlainZone> = []
    let windows = Dictionary(grouping: tape) { ($0.time - AnalyticTrial.open) / width }
    for (window, trades) in windows {
        var plain = PlainFootprint()
        for trade in trades { plain.add(trade) }
        let since = min(AnalyticTrial.open + (window + 1) * width, close)
        let last = trades.last?.price ?? 0
        for isBuy in [true, false] {
            for stack in PlainFootprint.stacks(plain.imbalances(plain.rows(height), buy: isBuy)) {
                let (low, top) = (stack.lowerBound * height, (stack.upperBound + 1) * height)
                let isBroken = { (price: Int64) in isBuy ? price < low : price >= top }
                guard !isBroken(last) else { continue }
                let end = tape.first { $0.time >= since && isBroken($0.price) }
                zones.insert(
                    PlainZone(
                        since: since, low: low, high: top - height, isBuy: isBuy, ended: end?.time ?? close,
                        endNumber: end?.number ?? 0))
            }
        }
    }
    return zones
}

@Suite struct `Zones of a whole session` {
    @Test(arguments: [1, 2]) func `are those that a search over all trades finds`(rowTicks: Int) {
        var found = 0
        for seed in 0..<UInt64(Campaign.rounds(10, each: 100)) {
            var chance = SeededChance(seed: Campaign.seed + seed)
            var trial = footprints([30, 60]) { $0.rowTicks = rowTicks }
            trial.openSession(length: 1200)
            var tape: [Trade] = []
            var (time, price, lean) = (0.0, 400, 0)
            while time < 1190 {
                time += Double(chance.below(800)) / 1000
                if chance.below(40) == 0 { lean = chance.below(3) - 1 }
                price += chance.below(4) == 0 ? lean : [-1, 0, 0, 1][chance.below(4)]
                let isBuy = chance.below(10) < 5 + 4 * lean
                let shown = Double(price + (isBuy ? 1 : 0)) * 0.25
                let trade = trial.made(time, shown, Int64(chance.below(30) + 1), isBuy ? .buy : .sell)
                trial.receive(trade)
                tape.append(trade)
            }
            trial.closeSession()
            for width in [30, 60] as [Int64] {
                let said = trial.on("zone/\(width == 30 ? "30s" : "1m")/")
                let ended = said.filter(\.head.isFinal).map(\.zone).map {
                    PlainZone(
                        since: $0.since, low: $0.low, high: $0.high, isBuy: $0.side == Side.buy.rawValue,
                        ended: $0.ended, endNumber: UInt64($0.endNumber))
                }
                let plain = zones(
                    of: tape, width: width * Timestamp.second, close: AnalyticTrial.time(1200),
                    height: Int64(rowTicks) * 250_000_000)
                #expect(Set(ended) == plain && ended.count == plain.count, "seed \(seed), width \(width)")
                #expect(said.count == 2 * ended.count)
                found += ended.count
            }
            #expect(trial.set.surroundings.board.zones.isEmpty)
        }
        #expect(found > 100)
    }
}
