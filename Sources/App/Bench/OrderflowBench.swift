internal import Analytics
public import COrderflow
public import Engine
internal import Foundation
public import Market
internal import Rings
internal import Updates

/// The throughput work orderflow-v1: this program's core against the C twin, alternated in one run.
struct OrderflowBench: Benchmark {
    static let name = "orderflow"
    static let usage = CoreBenchInput.usage
    static let details = """
        The core against hand-written C. Prints a CHECK line (what was computed, equal on both sides) and a RESULT line.
        INPUT holds records of 40 bytes, as Benchmarks/orderflow/generate.py writes them.

          --symbols N   symbols in the input
          --burst N     events handed over before the lane runs, 1 to 1024; 64 unless said otherwise
          --core N      the core that the thread is tied to; 1 unless said otherwise
        """

    private let trades: [orderflow_trade]
    private let symbols: Int
    private let burst: Int
    private let rounds: Int
    private let core: Int

    init(_ arguments: inout Arguments) throws {
        let input = try CoreBenchInput(&arguments)
        (symbols, burst, rounds, core) = (input.symbols, input.burst, input.rounds, input.core)
        trades = try OrderflowBench.load(input)
    }

    /// The work's own rules: side by touch, first sign buy, value area by one row, lowest POC of equals.
    static var settings: FlowSettings {
        var settings = FlowSettings()
        settings.ring = 16
        settings.memory = 0
        settings.live = .zero
        settings.horizon = .zero
        settings.sideRule = .touch
        settings.firstSign = .buy
        settings.candles = BarSettings(widths: [.seconds(1), .seconds(60)])
        settings.delta = BarSettings(widths: [.seconds(60)])
        var profile = ProfileSettings()
        profile.area = .orderflow
        profile.rows = .zero
        settings.profile = profile
        return settings
    }

    /// One pass of this program's core: the seconds that it took. `body` gets the updates of each poll.
    private func pass(_ body: (borrowing Outbox, OrderflowCheck.Slots) -> Void) -> Double {
        var settings = OrderflowBench.settings
        settings.batchLimit = burst
        var flow = SoloFlow(settings: settings) { _ in
            Instrument(tick: Price(billionths: 10_000_000), sizeStep: Price.scale, calendar: AroundTheClock())
        }
        for index in 0..<symbols { _ = flow.router.directory.entry(for: "SYM\(index)") }
        let slots = OrderflowCheck.Slots(flow.origin.topics)
        // As in a run, the lane is there before the first event: it makes the states of the symbols that are named.
        flow.poll { _ in }
        let begin = Seat.monotonic
        flow.pass(trades.span) { body($0, slots) }
        finish(&flow) { body($0, slots) }
        return Double(Seat.monotonic - begin) / 1e9
    }

    /// What the core's updates come to, and how many they are.
    private func checkOwn() -> (check: OrderflowCheck, updates: Int) {
        var check = OrderflowCheck()
        var updates = 0
        _ = pass { outbox, slots in
            outbox.forEach { check.take($0, $1, slots) }
            updates += outbox.updates
        }
        return (check, updates)
    }

    /// The seconds to the last update in the outbox. The updates are counted and not read, as the C twin's clock stops
    /// before it sums up; `updates` is how many there must be.
    private func runOwn(updates: Int) -> Double {
        var seen = 0
        let elapsed = pass { outbox, _ in seen += outbox.updates }
        precondition(seen == updates, "Each pass must emit the same number of updates.")
        return elapsed
    }

    /// A clock event two minutes later closes every bar.
    private func finish(_ flow: inout SoloFlow, _ body: (borrowing Outbox) -> Void) {
        let end = Timestamp(nanoseconds: (trades.last?.time ?? 0) + 120 * Timestamp.second)
        for symbol in 0..<symbols {
            flow.router.route(MarketEvent(.clock, symbol: UInt32(symbol), venueTime: end, receiveTime: end))
            if symbol % burst == burst - 1 || symbol == symbols - 1 {
                flow.router.publish()
                flow.poll(body)
            }
        }
    }

    func runTwin() -> (elapsed: Double, check: OrderflowCheck) {
        var check = orderflow_check()
        var elapsed = 0.0
        let status = unsafe trades.withUnsafeBufferPointer { trades in
            unsafe orderflow_run(trades.baseAddress, trades.count, UInt32(symbols), &check, &elapsed)
        }
        precondition(status == 0, "The C twin must be able to do its work.")
        return (elapsed, OrderflowCheck(check))
    }

    /// The trades of an input. The C side believes what they say, so their symbols are looked at here.
    static func load(_ input: CoreBenchInput) throws -> [orderflow_trade] {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: input.path))
        guard !bytes.isEmpty, bytes.count.isMultiple(of: MemoryLayout<orderflow_trade>.size) else {
            throw BenchFailure("\(input.path) holds no whole records of \(MemoryLayout<orderflow_trade>.size) bytes")
        }
        let trades = unsafe bytes.withUnsafeBytes { unsafe Array($0.bindMemory(to: orderflow_trade.self)) }
        if let trade = trades.first(where: { $0.symbol >= input.symbols }) {
            throw BenchFailure("\(input.path) has the symbol \(trade.symbol): --symbols must be more than that")
        }
        return trades
    }

    /// Prints the check and the result; 1 when the two sides disagree.
    func run() -> Int32 {
        if let failure = Seat.pin(to: core) { Terminal.complain("The thread is not tied to a core: error \(failure).") }
        let (check, updates) = checkOwn()
        let expected = runTwin().check
        print(check)
        if check != expected { Terminal.complain("C came to another result: \(expected)") }
        let before = MachineLoad.now
        var own: [Double] = []
        var twin: [Double] = []
        for _ in 0..<rounds {
            own.append(Double(trades.count) / runOwn(updates: updates))
            twin.append(Double(trades.count) / runTwin().elapsed)
        }
        var line = ResultLine("orderflow-v1")
        line.add("symbols", symbols)
        line.add("burst", burst)
        line.add("events", trades.count)
        line.add("trades_per_second", own.median, places: 0)
        line.add("c_trades_per_second", twin.median, places: 0)
        line.add("ratio", own.median / twin.median, places: 3)
        line.addSpread(zip(own, twin).map { $0 / $1 }, places: 3)
        line.add("others", MachineLoad.now.others(since: before), places: 2)
        print(line.text)
        return check == expected ? 0 : 1
    }
}

/// The work's record is written straight into its ring.
extension orderflow_trade: EventRecord {
    @inline(__always)
    public func write(to event: inout MarketEvent) {
        let instant = Timestamp(nanoseconds: time)
        event = .trade(
            symbol: symbol, venueTime: instant, receiveTime: instant, price: orderflow_trade.exact(price),
            quantity: Quantity(steps: Int64(size)))
        event.setTouch(bid: orderflow_trade.exact(bid), ask: orderflow_trade.exact(ask))
    }

    /// The work's prices are doubles with two places. Adding 1.5 × 2^52 leaves the nearest whole number of cents in the
    /// low bits, a rounding without a library's call or a check; the sum is exact up to 2^51 cents.
    @inline(__always)
    private static func exact(_ value: Double) -> Price {
        let shift = 6_755_399_441_055_744.0
        let cents = Int64(bitPattern: (value * 100 + shift).bitPattern) &- Int64(bitPattern: shift.bitPattern)
        return Price(billionths: cents &* 10_000_000)
    }
}
