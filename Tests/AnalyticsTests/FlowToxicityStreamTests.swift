import Analytics
import Graph
import Market
import TestPrograms
import Testing
import Updates

private func settings(_ text: String) throws -> (settings: ToxicitySettings, faults: [TopologyFault]) {
    SettingsReader.read(
        ToxicitySettings.self, from: SettingsObject(try JSONParser.parse(text), path: JSONPath("nodes").member("flow")))
}

private func trial(_ text: String, sizeStep: Int64 = Price.scale) throws -> AnalyticTrial {
    let (read, faults) = try settings(text)
    #expect(faults == [])
    return AnalyticTrial([AnalyticChoice(FlowToxicity.self, read)], sizeStep: sizeStep)
}

extension AnalyticTrial {
    fileprivate var toxicities: [ToxicityUpdate] { on("toxicity/").map { $0.body() } }

    /// A minute of a single price change.
    fileprivate mutating func minute(_ index: Int, _ open: Double, _ close: Double, _ volume: Int64) {
        let start = Double(index) * 60
        bar(
            "1m", from: start, to: start + 60, open: open, high: max(open, close), low: min(open, close),
            close: close, volume: volume)
    }
}

/// Flow toxicity told naively: all bars, all trades and all values anew for each value.
private struct NaiveToxicity {
    let span: Int
    let size: Int
    /// The balance of each step of volume, in order.
    var steps: [Double] = []

    /// The value after each bucket from the n-th on.
    var values: [Double] {
        let whole = steps.count / size
        guard whole >= span else { return [] }
        let flows = (0..<whole).map { steps[$0 * size..<($0 + 1) * size].reduce(0, +).magnitude }
        return (span...whole).map { flows[$0 - span..<$0].reduce(0, +) / Double(span * size) }
    }

    /// The rank of the last value among at most `history` before it, from `span` of them on.
    func rank(history: Int) -> Double {
        let before = values.dropLast().suffix(history)
        guard let last = values.last, before.count >= span else { return .nan }
        return Double(before.count { $0 <= last + 1e-12 }) / Double(before.count)
    }
}

private func sampleDeviation(_ values: some Collection<Double>) -> Double {
    guard values.count >= 2 else { return .nan }
    let mean = values.reduce(0, +) / Double(values.count)
    return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)).squareRoot()
}

/// Both are no number, or nearly the same one.
private func agree(_ said: Double, _ expected: Double?) -> Bool {
    guard let expected, !expected.isNaN else { return said.isNaN }
    return abs(said - expected) < 1e-9
}

@Suite struct `Flow toxicity` {
    @Test func `values and ranks are those recomputed from every bar and trade`() throws {
        for round in 0..<Campaign.rounds(3, each: 20) {
            var chance = SeededChance(seed: Campaign.seed + 300 + UInt64(round))
            var trial = try trial(#"{ "bucketVolume": 50, "buckets": 4, "sigma": 10, "minimum": 3, "history": 25 }"#)
            var bulk = NaiveToxicity(span: 4, size: 50)
            var trueSide = NaiveToxicity(span: 4, size: 50)
            var changes: [Double] = []
            var price = 10_000.0
            var known = 0
            for minute in 0..<250 {
                let open = price
                price += Double(chance.below(21) - 10)
                var volume: Int64 = 0
                for trade in 0..<1 + chance.below(4) {
                    let quantity = Int64(1 + chance.below(40))
                    let side = [Side.buy, .sell, .unknown][chance.below(3)]
                    trial.trade(Double(minute) * 60 + Double(trade), price / 100, quantity, side)
                    trueSide.steps += Array(repeating: Double(side.sign), count: Int(quantity))
                    volume += quantity
                }
                // Every bar opens where the last one closed, so that the first change is like the others.
                changes.append(price - open)
                let deviation = sampleDeviation(changes.suffix(10))
                let share = BulkClassifier.buyShare(change: price - open, deviation: deviation)
                if changes.count >= 3 { bulk.steps += Array(repeating: 2 * share - 1, count: Int(volume)) }
                let before = trial.toxicities.count
                trial.minute(minute, open / 100, price / 100, volume)
                let values = bulk.values.count + trueSide.values.count
                #expect(trial.toxicities.count - before == (values > known ? 1 : 0))
                known = values
                guard let said = trial.toxicities.last, trial.toxicities.count > before else { continue }
                #expect(agree(said.bulk, bulk.values.last) && agree(said.trueSide, trueSide.values.last))
                #expect(agree(said.bulkRank, bulk.rank(history: 25)))
                #expect(agree(said.trueSideRank, trueSide.rank(history: 25)))
                #expect(abs(said.deviation - deviation / 100) < 1e-9)
                #expect(said.bulkBuckets == bulk.steps.count / 50 && said.trueSideBuckets == trueSide.steps.count / 50)
            }
            #expect(trial.toxicities.count > 100)
        }
    }

    @Test func `the last bucket's sides are in units, neutral volume half for each`() throws {
        var trial = try trial(#"{ "bucketVolume": "0.5", "buckets": 2, "method": "trueSide" }"#, sizeStep: 10_000_000)
        trial.trade(0, 5, 50, .sell)
        trial.trade(1, 5, 30, .buy)
        trial.trade(2, 5, 20, .unknown)
        trial.minute(0, 5, 5, 100)
        let said = trial.toxicities[0]
        #expect(said.trueSideBuy == 0.4 && said.trueSideSell == 0.1 && said.trueSide == 0.8)
        #expect(said.bulk.isNaN && said.bulkBuy.isNaN && said.bulkBuckets == 0 && said.bucketVolume == 50)
        let head = trial.on("toxicity/")[0].head
        #expect(head.start.nanoseconds == AnalyticTrial.time(0) && head.end.nanoseconds == AnalyticTrial.time(60))
        #expect(head.isFinal)
    }

    @Test func `sides told in bulk are all inferred, true ones as far as no venue told them`() throws {
        var trueSide = try trial(#"{ "bucketVolume": 10, "buckets": 2, "method": "trueSide" }"#)
        trueSide.trade(0, 5, 12, .sell)
        trueSide.trade(1, 5, 4, .buy, method: .tick)
        trueSide.trade(1, 5, 4, .unknown)
        trueSide.minute(0, 5, 5, 20)
        #expect(trueSide.on("toxicity/")[0].head.inferredShare == 0.25)
        var bulk = try trial(#"{ "bucketVolume": 10, "buckets": 2, "method": "bulk", "minimum": 2 }"#)
        bulk.trade(0, 5, 100, .sell)
        for minute in 0..<3 { bulk.minute(minute, 5, Double(minute), 10) }
        #expect(bulk.toxicities.map(\.trueSideBuckets) == [0] && bulk.on("toxicity/")[0].head.inferredShare == 1)
    }

    @Test func `no volume is told in bulk before enough changes are known`() throws {
        var trial = try trial(#"{ "bucketVolume": 10, "buckets": 2, "method": "bulk", "minimum": 5 }"#)
        for minute in 0..<6 { trial.minute(minute, 5, 5 + Double(minute % 3), 10) }
        #expect(trial.toxicities.map(\.bulkBuckets) == [2])
    }

    @Test func `prices that do not move split volume by half and say so`() throws {
        var trial = try trial(#"{ "bucketVolume": 10, "buckets": 2, "method": "bulk", "minimum": 2 }"#)
        for minute in 0..<3 { trial.minute(minute, 5, 5, 10) }
        #expect(trial.toxicities.map(\.bulk) == [0] && trial.toxicities.map(\.deviation) == [0])
        #expect(trial.toxicities.map(\.marks) == [ToxicityMarks.flat.rawValue])
        trial.minute(3, 5, 6, 100)
        #expect(trial.toxicities[1].marks == ToxicityMarks.skipped.rawValue && trial.toxicities[1].bulkBuckets == 12)
    }

    @Test func `the value holds while trading is halted`() throws {
        var trial = try trial(#"{ "bucketVolume": 10, "buckets": 2, "method": "bulk", "minimum": 2 }"#)
        for minute in 0..<3 { trial.minute(minute, 5, 5 + Double(minute), 10) }
        trial.stop(.halt)
        trial.minute(3, 7, 8, 10)
        #expect(trial.toxicities.count == 1)
        trial.stop(.resume)
        trial.minute(4, 8, 9, 1)
        #expect(trial.toxicities.map(\.bulkBuckets) == [2, 3])
    }

    @Test func `a bar behind a gap is told by its own open`() throws {
        let text = #"{ "bucketVolume": 10, "buckets": 2, "method": "bulk", "minimum": 2 }"#
        for breaks in [StreamBreak.gap, .halt] {
            var trial = try trial(text)
            for minute in 0..<3 { trial.minute(minute, 5, 5 + Double(minute % 2), 10) }
            trial.stop(breaks)
            trial.stop(.resume)
            trial.minute(3, 50, 49, 10)
            // Closes 5, 6, 5: changes 0, 1, −1; then the bar's own −1, or 49 − 5.
            let change = breaks == .gap ? -1.0 : 44.0
            let share = BulkClassifier.buyShare(change: change, deviation: sampleDeviation([0, 1, -1, change]))
            #expect(abs(trial.toxicities[1].bulkBuy - 10 * share) < 1e-9)
        }
    }

    @Test func `buckets keep the quality of their bars until they are forgotten`() throws {
        var trial = try trial(#"{ "bucketVolume": 10, "buckets": 2, "method": "bulk", "minimum": 2 }"#)
        for minute in 0..<3 { trial.minute(minute, 5, 5 + Double(minute % 2), 10) }
        trial.bar("1m", from: 180, to: 240, open: 5, high: 6, low: 5, close: 6, volume: 5, coverage: 0.5)
        for minute in 4..<8 { trial.minute(minute, 5, 5 + Double(minute % 2), 10) }
        #expect(trial.on("toxicity/").map(\.head.coverage) == [1, 0.5, 0.5, 1, 1])
    }

    @Test func `true sides show the gaps of the trades' own time`() throws {
        var trial = try trial(#"{ "bucketVolume": 10, "buckets": 2, "method": "trueSide" }"#)
        trial.trade(0, 5, 5, .buy)
        var ledger = GapLedger()
        ledger.addGap(
            from: Timestamp(nanoseconds: AnalyticTrial.time(10)), to: Timestamp(nanoseconds: AnalyticTrial.time(20)))
        trial.set.setGaps(ledger, cleanSince: AnalyticTrial.time(20))
        trial.trade(40, 5, 15, .buy)
        trial.minute(0, 5, 5, 20)
        #expect(trial.on("toxicity/").map(\.head.gapSeconds) == [10])
        #expect(abs(trial.on("toxicity/")[0].head.coverage - 0.75) < 1e-6)
    }
}

@Suite struct `Flow toxicity from session to session` {
    @Test func `the bucket's volume is a part of the mean of whole sessions, fixed for each`() throws {
        let text = #"{ "buckets": 2, "bucketsPerDay": 4, "sessions": 2, "method": "trueSide" }"#
        var trial = try trial(text)
        let day = 86_400.0
        var sizes: [Int64] = []
        for (index, volume) in [Int64(400), 800, 8000, 0, 100].enumerated() {
            let start = Double(index) * day
            if index > 0 { trial.openSession(day: Int64(index)) }
            let before = trial.toxicities.count
            if volume > 0 { trial.trade(start, 5, volume, .buy) }
            trial.minute(index * 1440, 5, 5, volume)
            sizes.append(trial.toxicities.count > before ? trial.toxicities.last?.bucketVolume ?? -1 : 0)
            if index == 2 {
                // A fifth of the third session was missed: it does not count.
                var ledger = GapLedger()
                let open = AnalyticTrial.open + 2 * Timestamp.day
                ledger.addGap(
                    from: Timestamp(nanoseconds: open + Timestamp.day / 2),
                    to: Timestamp(nanoseconds: open + Timestamp.day / 10 * 7))
                trial.set.setGaps(ledger, cleanSince: .max)
            }
            trial.closeSession()
            trial.set.setGaps(GapLedger(), cleanSince: .min)
        }
        // 400 / 4; (400 + 800) / 2 / 4 twice, the empty session not counted.
        #expect(sizes == [0, 100, 150, 0, 150])
        #expect(trial.toxicities.map(\.volumeSource) == [2, 2, 2])
    }

    @Test func `a given day's volume is divided, and a thin one gives no bucket`() throws {
        var given = try trial(#"{ "averageDailyVolume": 1000, "buckets": 2, "method": "trueSide" }"#)
        given.trade(0, 5, 100, .buy)
        given.minute(0, 5, 5, 100)
        #expect(given.toxicities.map(\.bucketVolume) == [20] && given.toxicities.map(\.volumeSource) == [1])
        var thin = try trial(#"{ "averageDailyVolume": 49, "buckets": 2 }"#)
        thin.trade(0, 5, Quantity.limit, .buy)
        for minute in 0..<50 { thin.minute(minute, 5, Double(minute), 1_000_000) }
        #expect(thin.said.isEmpty)
    }

    @Test func `buckets go on over night and changes begin anew`() throws {
        var trial = try trial(#"{ "bucketVolume": 10, "buckets": 2, "method": "bulk", "minimum": 2 }"#)
        for minute in 0..<3 { trial.minute(minute, 5, 5 + Double(minute % 2), 9) }
        trial.closeSession()
        trial.openSession(day: 1)
        trial.minute(1440, 50, 49, 2)
        let said = trial.toxicities
        #expect(said.map(\.bulkBuckets) == [2])
        // Changes 0 (not told), 1, −1 and −1, not 44; the bucket holds 8 of the third bar and 2 of the fourth.
        let (third, fourth) = (sampleDeviation([0, 1, -1]), sampleDeviation([0, 1, -1, -1]))
        let bought =
            8 * BulkClassifier.buyShare(change: -1, deviation: third) + 2
            * BulkClassifier.buyShare(change: -1, deviation: fourth)
        #expect(abs(said[0].bulkBuy - bought) < 1e-9)
        #expect(trial.on("toxicity/")[0].head.start.nanoseconds == AnalyticTrial.time(60))
    }

    @Test func `changes of the tape reopen no bucket and are told once`() throws {
        var trial = try trial(#"{ "bucketVolume": 10, "buckets": 2, "method": "trueSide" }"#)
        let first = trial.made(0, 5, 4, .buy)
        trial.trade(0, 5, 20, .buy)
        trial.change(first, isRemoval: true, .cancelled)
        trial.minute(0, 5, 5, 16)
        trial.trade(61, 5, 20, .buy)
        trial.minute(1, 5, 5, 20)
        trial.change(first, isRemoval: true, .cancelled)
        trial.trade(121, 5, 20, .buy)
        trial.minute(2, 5, 5, 20)
        let said = trial.on("toxicity/")
        #expect(said.map { $0.head.flags == .inputRevised } == [true, false, false])
        #expect(said.map { $0.body(ToxicityUpdate.self).pending } == [-4, -4, -8])
        #expect(said.map { $0.body(ToxicityUpdate.self).trueSide } == [1, 1, 1])
    }

    @Test func `a change in the bar that is still open is that bar's own`() throws {
        var trial = try trial(#"{ "bucketVolume": 10, "buckets": 2, "method": "bulk", "minimum": 2 }"#)
        for minute in 0..<3 { trial.minute(minute, 5, 5 + Double(minute % 2), 10) }
        trial.change(trial.made(181, 5, 4, .buy), isRemoval: false, .late)
        trial.minute(3, 5, 6, 10)
        trial.change(trial.made(200, 5, 4, .buy), isRemoval: false, .late)
        trial.minute(4, 5, 6, 10)
        #expect(trial.toxicities.map(\.pending) == [0, 0, 4])
        #expect(trial.on("toxicity/").map { $0.head.flags == .inputRevised } == [false, false, true])
    }

    @Test func `a rank above the threshold is toxic and a finding when it rises there`() throws {
        var trial = try trial(
            #"{ "bucketVolume": 10, "buckets": 2, "method": "trueSide", "history": 8, "toxic": 0.75 }"#)
        // Each minute a bucket; balanced, lopsided twice, balanced, lopsided.
        let flows: [Int64] = [0, 1, 2, 3, 4, 10, 10, 0, 0, 10, 10]
        for (minute, flow) in flows.enumerated() {
            trial.trade(Double(minute) * 60, 5, 5 + flow / 2, .buy)
            if flow < 10 { trial.trade(Double(minute) * 60 + 1, 5, 5 - flow / 2, .sell) }
            trial.minute(minute, 5, 6, 10)
        }
        let said = trial.toxicities
        let rises = zip([0] + said.map(\.trueSideToxic), said.map(\.trueSideToxic)).count { $0 == 0 && $1 == 1 }
        #expect(said.allSatisfy { ($0.trueSideToxic == 1) == ($0.trueSideRank > 0.75) && $0.bulkToxic == 0 })
        let findings = trial.set.surroundings.board.findings
        #expect(findings.count == rises && rises == 2)
        #expect(findings[0].evidence.kind == .toxicity && findings[0].direction == 0)
        #expect(findings[0].low == AnalyticTrial.billionths(5) && findings[0].high == AnalyticTrial.billionths(6))
        let number = Int(findings[0].evidence.number)
        #expect(said[number - 1].trueSideToxic == 1 && said[number - 2].trueSideToxic == 0)
    }
}

@Suite struct `Settings of flow toxicity` {
    @Test func `an empty object reads as the defaults`() throws {
        let (read, faults) = try settings("{}")
        #expect(faults == [])
        #expect(read.buckets == 50 && read.volume == .history && read.sessions == 20 && read.width == .seconds(60))
        #expect(read.method == .both && read.sigma == 390 && read.minimum == 30 && read.history == 2_500)
        #expect(FlowToxicity.bars(read) == ["1m"] && FlowToxicity.topics(read).map(\.prefix) == ["toxicity/"])
        let example = try settings(FlowToxicity.example).faults
        #expect(example == [])
        #expect(AnalyticKind(FlowToxicity.self).fields.count == 11)
    }

    @Test func `impossible settings are refused`() throws {
        let faulty: [(String, String)] = [
            (#"{ "bucketVolume": 1, "averageDailyVolume": 1 }"#, "given already"),
            (#"{ "bucketVolume": 0 }"#, "too small"), (#"{ "buckets": 1001 }"#, "too large"),
            (#"{ "sigma": 10 }"#, "more price changes"), (#"{ "history": 49 }"#, "as many values"),
            (#"{ "method": "tick" }"#, "none of the choices"), (#"{ "width": "10ms" }"#, "too small"),
            (#"{ "toxic": 1.5 }"#, "too large"), (#"{ "bucket": 5 }"#, "no field of this name"),
        ]
        for (text, problem) in faulty {
            let faults = try settings(text).faults
            #expect(faults.map { $0.problem.contains(problem) } == [true], "\(text) \(faults)")
        }
    }

    @Test func `the fields tile the body`() {
        let layout = ToxicityUpdate.layout
        var next = 0
        for field in layout.fields {
            #expect(field.offset == next, "\(field.name)")
            next += field.type.size
        }
        #expect(next == layout.size && layout.size == 112 && layout.template == 46)
        #expect(Set(layout.fields.map(\.name)).count == layout.fields.count)
        #expect(layout.fields.allSatisfy { $0.meaning.hasSuffix(".") })
    }
}
