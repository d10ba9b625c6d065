import Analytics
import Foundation
import Graph
import Market
import Testing
import TestPrograms
import Updates

/// A symbol that trades day after day, minute by minute.
private struct Market: ~Copyable {
    var trial: AnalyticTrial
    /// Seconds.
    let length: Int64
    private var isOpen = false

    init(_ settings: UnusualVolume.Settings, minutes: Int64) {
        trial = AnalyticTrial([AnalyticChoice(UnusualVolume.self, settings)], opens: false)
        length = minutes * 60
    }

    mutating func open(_ day: Int, length: Int64? = nil) {
        trial.openSession(day: Int64(day), length: length ?? self.length)
    }

    func second(_ day: Int, _ minute: Int) -> Double { Double(day) * 86_400 + Double(minute) * 60 }

    mutating func trade(_ day: Int, _ minute: Int, _ volume: Int64) {
        guard volume > 0 else { return }
        trial.trade(second(day, minute) + 30, 100, volume, .buy)
    }

    /// A whole session; its minutes' volumes.
    mutating func run(_ day: Int, _ volumes: [Int64]) {
        open(day, length: Int64(volumes.count) * 60)
        for (minute, volume) in volumes.enumerated() { trade(day, minute, volume) }
        trial.clock(second(day, volumes.count))
        trial.closeSession()
    }

    func told(_ day: Int) -> [UnusualUpdate] {
        trial.said.filter { update in
            update.head.start.nanoseconds >= AnalyticTrial.time(Double(day) * 86_400)
                && update.head.start.nanoseconds < AnalyticTrial.time(Double(day + 1) * 86_400)
        }.map { $0.body() }
    }
}

private func isNear(_ left: Double, _ right: Double) -> Bool {
    left.isNaN ? right.isNaN : abs(left - right) <= 1e-9 * max(1, abs(right))
}

@Suite struct `Unusual volume examples` {
    private func settings(sessions: Int = 20, minimum: Int = 2) -> UnusualVolume.Settings {
        var settings = UnusualVolume.Settings()
        settings.sessions = sessions
        settings.minimumSessions = minimum
        return settings
    }

    @Test func `volume so far is held against its mean up to the same minute`() throws {
        var market = Market(settings(), minutes: 3)
        market.run(0, [100, 200, 300])
        market.run(1, [300, 400, 100])
        market.run(2, [800, 0, 2_500])
        let told = market.told(2)
        #expect(told.map(\.minute) == [0, 1, 2] && told.map(\.volume) == [800, 0, 2_500])
        #expect(told.map(\.cumulative) == [800, 800, 3_300])
        #expect(told.map(\.expected) == [200, 500, 700])
        #expect(told.map(\.relative) == [4, 1.6, 3_300.0 / 700])
        #expect(told.map(\.sessions) == [2, 2, 2] && told.map(\.samples) == [2, 2, 2])
        let deviation = abs(log(3.0)) / 2.0.squareRoot()
        let score = (log(800.0) - (log(100.0) + log(300.0)) / 2) / deviation
        #expect(isNear(told[0].score, score))
        #expect(told[1].score.isNaN)
        // RVOL is at its threshold in the first minute, below nine tenths of it in the second, and back in the third.
        #expect(told.map(\.alert) == [1, 0, 1])
        #expect(told[0].since == AnalyticTrial.time(market.second(2, 1)) && told[1].since == 0)
        #expect(told[0].reasons & 1 == 1 && told[1].reasons == 0)
        let findings = market.trial.set.surroundings.board.findings
        #expect(findings.map(\.evidence.kind) == [.unusual, .unusual] && findings.map(\.direction) == [0, 0])
        #expect(findings[0].low == 100 * Price.scale)
    }

    @Test func `too little history makes no alert and says so`() {
        var market = Market(settings(minimum: 3), minutes: 2)
        market.run(0, [10, 10])
        market.run(1, [20, 10])
        market.run(2, [9_000, 10])
        let told = market.told(2)
        #expect(told[0].relative == 600 && told[0].alert == 0 && told[0].warming == 1)
        #expect(told[0].sessions == 2)
        let first = market.told(0)
        #expect(first[0].relative.isNaN && first[0].score.isNaN && first[0].sessions == 0)
        market.run(3, [90_000, 10])
        #expect(market.told(3).map(\.alert) == [1, 1] && market.told(3)[0].warming == 0)
    }

    @Test func `an alert ends with the session`() {
        var market = Market(settings(), minutes: 1)
        for day in 0..<2 { market.run(day, [10]) }
        market.run(2, [1_000])
        market.run(3, [1])
        #expect(market.told(2)[0].alert == 1 && market.told(3)[0].alert == 0)
    }

    @Test func `an alert holds until both values are below the release`() {
        var settings = settings()
        settings.release = 0.5
        settings.minimumScore = 1_000
        var market = Market(settings, minutes: 4)
        for day in 0..<2 { market.run(day, [100, 100, 100, 100]) }
        market.run(2, [300, 20, 100, 100])
        // RVOL 3, 1.6, 1.4, 1.3: the alert ends below one and a half.
        #expect(market.told(2).map(\.alert) == [1, 1, 0, 0])
        #expect(market.told(2).map(\.reasons) == [1, 0, 0, 0])
    }

    @Test func `half days are no history, and say that they are none`() {
        var market = Market(settings(), minutes: 3)
        market.run(0, [10, 10, 10])
        market.run(1, [10, 10, 10])
        market.run(2, [1_000, 1_000])
        #expect(market.told(2).map(\.unusualLength) == [1, 1] && market.told(2)[0].relative == 100)
        market.run(3, [10, 10, 10])
        #expect(market.told(3).map(\.expected) == [10, 20, 30] && market.told(3).map(\.sessions) == [2, 2, 2])
        #expect(market.told(3).map(\.unusualLength) == [0, 0, 0])
    }

    @Test func `of two lengths that are as frequent the later one is usual`() {
        var market = Market(settings(), minutes: 2)
        market.run(0, [1_000])
        market.run(1, [10, 10])
        market.run(2, [10, 10])
        #expect(market.told(2).map(\.expected) == [10, 20])
    }

    @Test func `minutes with a gap are compared neither today nor later`() {
        var market = Market(settings(minimum: 1), minutes: 3)
        market.run(0, [100, 100, 100])
        market.open(1)
        market.trade(1, 0, 50)
        market.trade(1, 1, 7)
        var ledger = GapLedger()
        let from = market.second(1, 1) + 40
        ledger.addGap(
            from: Timestamp(nanoseconds: AnalyticTrial.time(from)),
            to: Timestamp(nanoseconds: AnalyticTrial.time(from + 5)))
        market.trial.clock(market.second(1, 2))
        // The minute had ended when the gap became known: the next one puts it right.
        market.trial.set.setGaps(ledger, cleanSince: AnalyticTrial.time(from + 5))
        market.trial.stop(.gap)
        market.trade(1, 2, 100)
        market.trial.clock(market.second(1, 3))
        market.trial.closeSession()
        #expect(market.told(1).map(\.cumulative) == [50, 57, 150])
        #expect(market.told(1).map(\.expected) == [100, 200, 200])
        market.trial.set.setGaps(GapLedger(), cleanSince: .min)
        market.run(2, [1, 1, 1])
        #expect(market.told(2).map(\.expected) == [75, 175, 275] && market.told(2).map(\.samples) == [2, 1, 2])
    }

    @Test func `a start in mid-session compares from there on`() {
        var market = Market(settings(minimum: 1), minutes: 3)
        market.run(0, [100, 100, 100])
        market.open(1)
        var ledger = GapLedger()
        ledger.addGap(
            from: Timestamp(nanoseconds: AnalyticTrial.time(86_400)),
            to: Timestamp(nanoseconds: AnalyticTrial.time(86_400 + 110)))
        market.trial.set.setGaps(ledger, cleanSince: AnalyticTrial.time(86_400 + 110))
        market.trade(1, 2, 300)
        market.trial.clock(86_400 + 180)
        #expect(market.told(1).map(\.whole) == [0, 0, 1])
        #expect(market.told(1)[0].relative.isNaN && market.told(1)[2].relative == 3)
    }

    @Test func `nothing is told before the first trade, and its minute is the first`() {
        var market = Market(settings(minimum: 1), minutes: 5)
        market.open(0)
        market.trial.clock(100)
        #expect(market.trial.said.isEmpty)
        market.trade(0, 2, 10)
        market.trial.clock(300)
        #expect(market.told(0).map(\.minute) == [2, 3, 4])
        market.trial.closeSession()
        #expect(market.trial.said.count == 3)
        market.run(1, [10, 10, 10, 10, 10])
        #expect(market.told(1).map(\.expected) == [0, 0, 10, 10, 10])
        #expect(market.told(1)[0].relative.isNaN)
    }

    @Test func `late trades and cancels change the sums of today and of the session before`() {
        var market = Market(settings(minimum: 1), minutes: 2)
        market.run(0, [100, 100])
        market.open(1)
        let late = market.trial.made(70, 100, 60, .buy)
        market.trial.change(late, isRemoval: false, .late)
        market.trade(1, 0, 100)
        let cancelled = market.trial.made(86_400 + 30, 100, 40, .buy)
        market.trial.change(cancelled, isRemoval: true, .cancelled)
        market.trial.clock(86_460)
        market.trial.change(cancelled, isRemoval: false, .late)
        market.trial.clock(86_520)
        #expect(market.told(1).map(\.cumulative) == [60, 100])
        #expect(market.told(1).map(\.expected) == [100, 260])
        #expect(market.trial.said.suffix(2).allSatisfy { $0.head.flags == .inputRevised })
        #expect(market.told(0).count == 2)
    }

    @Test func `extreme sizes stay numbers`() {
        var market = Market(settings(), minutes: 1)
        for day in 0..<3 { market.run(day, [Quantity.limit]) }
        #expect(market.told(2)[0].relative == 1 && market.told(2)[0].score.isNaN)
    }
}

@Suite struct `Unusual volume by hand` {
    @Test func `every minute is that of counting all sessions anew`() {
        for round in 0..<Campaign.rounds(6, each: 30) {
            var chance = SeededChance(seed: 390 + Campaign.seed + UInt64(round))
            var settings = UnusualVolume.Settings()
            settings.sessions = 1 + chance.below(6)
            settings.minimumSessions = 1 + chance.below(settings.sessions)
            settings.minimumRelative = 1.2
            settings.minimumScore = 1.1
            settings.release = 0.8
            var market = Market(settings, minutes: 12)
            var days: [[Int64]] = []
            var lengths: [Int] = []
            for day in 0..<14 {
                let minutes = chance.below(4) == 0 ? 7 : 12
                let volumes = (0..<minutes).map { _ in
                    chance.below(5) == 0 ? 0 : chance.anyMagnitude(bits: 12) + 1
                }
                market.run(day, volumes)
                // Before the first trade nothing is told; the minutes count all the same.
                let told = market.told(day)
                let expected = recount(volumes, days, settings)
                #expect(told.count >= expected.count - 6 && told.count <= expected.count)
                for (one, other) in zip(told.reversed(), expected.reversed()) {
                    check(one, other, "round \(round), day \(day), \(one.minute)")
                }
                days.append(volumes)
                lengths.append(minutes)
            }
        }
    }

    private struct Counted {
        var cumulative: Int64
        var relative: Double
        var score: Double
        var alert: UInt8
    }

    private func check(_ told: UnusualUpdate, _ counted: Counted, _ place: String) {
        #expect(told.cumulative == counted.cumulative, "\(place)")
        #expect(isNear(told.relative, counted.relative), "\(place): \(told.relative), \(counted.relative)")
        #expect(isNear(told.score, counted.score), "\(place): \(told.score), \(counted.score)")
        #expect(told.alert == counted.alert, "\(place)")
    }

    private func recount(
        _ volumes: [Int64], _ days: [[Int64]], _ settings: UnusualVolume.Settings
    ) -> [Counted] {
        let kept = Array(days.suffix(settings.sessions))
        let counts = Dictionary(grouping: kept, by: \.count).mapValues(\.count)
        let most = counts.values.max()
        let usual = kept.last { counts[$0.count] == most }?.count
        let sessions = kept.filter { $0.count == usual }
        var alert = false
        return volumes.indices.map { minute in
            let known = (0...minute).filter { $0 < (usual ?? 0) }
            let cumulative = known.reduce(0) { $0 + volumes[$1] }
            let means = known.map { place in
                Double(sessions.reduce(0) { $0 + $1[place] }) / Double(sessions.count)
            }
            let expected = means.reduce(0, +)
            let relative = expected > 0 ? Double(cumulative) / expected : .nan
            let logs =
                minute < (usual ?? 0) ? sessions.map { $0[minute] }.filter { $0 > 0 }.map { log(Double($0)) } : []
            let mean = logs.reduce(0, +) / Double(logs.count)
            let squares = logs.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            let deviation = logs.count > 1 ? (squares / Double(logs.count - 1)).squareRoot() : .nan
            let score =
                volumes[minute] > 0 && deviation > 1e-12 ? (log(Double(volumes[minute])) - mean) / deviation : .nan
            let isKnown = sessions.count >= settings.minimumSessions
            let least = settings.minimumSessions
            func reaches(_ part: Double) -> Bool {
                (isKnown && relative / settings.minimumRelative >= part)
                    || (logs.count >= least && score / settings.minimumScore >= part)
            }
            alert = reaches(1) || (alert && reaches(settings.release))
            return Counted(cumulative: cumulative, relative: relative, score: score, alert: alert ? 1 : 0)
        }
    }
}
