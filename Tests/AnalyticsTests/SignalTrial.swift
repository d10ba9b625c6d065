import Graph
import Market
import Testing
import Updates

@testable import Analytics

/// Reads the settings of `signals`, with what is wrong in them.
func signalSettings(_ text: String) throws -> (settings: SignalSettings, faults: [String]) {
    let object = SettingsObject(try JSONParser.parse(text), path: JSONPath("signals"))
    let (settings, faults) = SettingsReader.read(SignalSettings.self, from: object)
    return (settings, faults.map(\.description))
}

/// A signal as it was published.
struct ToldSignal {
    let topic: String
    let head: UpdateHead
    let body: SignalUpdate
    let inputs: [SignalInput]

    var status: String { SignalStatus.names[Int(body.status)] }
    var rule: String { SignalRule.names[Int(body.rule)] }
    var isLong: Bool { body.direction == 0 }
    var roles: [Int] { inputs.map { $0.role.trailingZeroBitCount } }
}

/// A price in billionths, mirrored for a falling market.
func mirrored(_ price: Double, _ isUp: Bool) -> Int64 { AnalyticTrial.billionths(isUp ? price : 210 - price) }

/// Minutes against a prior value area of 100 to 110 (the upper edge not counted), tick 1, its control at 105.
///
/// For a falling market all prices are mirrored at the area's middle and all flows turned, so that each test is written
/// once: 110, the upper edge, and 100, the lower one, change places.
struct SignalTrial: ~Copyable {
    var trial: AnalyticTrial
    let isUp: Bool
    private(set) var minutes = 0

    init(_ text: String, up isUp: Bool = true) throws {
        let (settings, faults) = try signalSettings(text)
        #expect(faults == [])
        self.isUp = isUp
        trial = AnalyticTrial([AnalyticChoice(Signals.self, settings)], tick: 1)
        board {
            $0.priorArea = AreaReading(
                control: AnalyticTrial.billionths(105), high: AnalyticTrial.billionths(109),
                low: AnalyticTrial.billionths(100), rowHeight: AnalyticTrial.billionths(1))
        }
    }

    func price(_ price: Double) -> Double { isUp ? price : 210 - price }
    func billionths(_ price: Double) -> Int64 { mirrored(price, isUp) }
    var now: Double { Double(minutes) * 60 }
    var sign: Int8 { isUp ? 1 : -1 }

    func board(_ change: (inout Board) -> Void) { trial.set.refresh(AnalyticTrial.time(now), change) }

    mutating func minute(
        _ high: Double, _ low: Double, _ close: Double, delta: Int64 = 0, coverage: Double = 1
    ) {
        let prices = [price(high), price(low), price(close)]
        trial.bar(
            "1m", from: now, to: now + 60, open: prices[2], high: max(prices[0], prices[1]),
            low: min(prices[0], prices[1]), close: prices[2], volume: 100, delta: Int64(sign) * delta,
            coverage: coverage)
        minutes += 1
    }

    /// Minutes far above all references, whose deltas have the sizes 1 to `count`.
    mutating func quiet(_ count: Int = 30, at price: Double = 120) {
        for size in 1...Int64(count) { minute(price + 1, price - 1, price, delta: -size) }
    }

    mutating func trade(_ seconds: Double, _ price: Double, marks: MarketEvent.Marks = []) {
        trial.trade(now + seconds, self.price(price), 1, marks: marks)
    }

    /// The market's state, seen along the direction of the trial.
    func state(_ state: StateReading.State, _ direction: Int8 = 0, confidence: Double = 0.6, since: Double = 0) {
        let evidence = Evidence(kind: .state, number: 7, time: AnalyticTrial.time(now), quality: .whole)
        board {
            $0.state = StateReading(
                state: state, direction: direction * sign, confidence: confidence, since: AnalyticTrial.time(since),
                evidence: evidence)
        }
    }

    /// Something found at a price, speaking for a direction along that of the trial.
    func find(_ kind: EvidenceKind, _ direction: Int8, _ price: Double, at seconds: Double, number: UInt64 = 3) {
        let evidence = Evidence(kind: kind, number: number, time: AnalyticTrial.time(seconds), quality: .whole)
        let place = billionths(price)
        board { $0.add(Finding(evidence, direction: direction * sign, low: place, high: place)) }
    }

    func accept(_ place: AuctionPlace, opened: AuctionPlace = .none, since: Double) {
        func turned(_ place: AuctionPlace) -> AuctionPlace {
            isUp ? place : place == .above ? .below : place == .below ? .above : place
        }
        board {
            var reading = AcceptanceReading()
            reading.place = turned(place)
            reading.opened = turned(opened)
            reading.brackets = 2
            reading.since = AnalyticTrial.time(since)
            $0.acceptance = reading
        }
    }

    var signals: [ToldSignal] {
        trial.said.map {
            ToldSignal(topic: $0.topic, head: $0.head, body: $0.body(), inputs: $0.group(0))
        }
    }
}
