import Engine
import Foundation
import Graph
import Market
import Memory
import Synchronization
import Testing
import Updates

@testable import Sinks

/// What the console shows, as whole screens.
@Suite struct `The console` {
    private let time = SampleFlow.time(hour: 13, minute: 31, second: 5)

    @Test func `a table fills with what topics bring`() throws {
        var table = ConsoleTable(name: "screen", width: nil, rowLimit: 100)
        var flow = SampleFlow()
        flow.fill()
        flow.send(into: &table)
        let screen = table.lines(ConsoleWindow(columns: 160, rows: 20), at: time, isStyled: false)
        #expect(try screen.joined(separator: "\n") + "\n" == GoldenScreen.text("wide.txt", orWrite: screen))
    }

    @Test func `a narrow and low window keeps what matters`() throws {
        var table = ConsoleTable(name: "screen", width: nil, rowLimit: 100)
        var flow = SampleFlow()
        flow.fill()
        flow.send(into: &table)
        for (columns, rows) in [(60, 4), (30, 3), (5, 2), (1, 1), (160, 1)] {
            let screen = table.lines(ConsoleWindow(columns: columns, rows: rows), at: time, isStyled: false)
            #expect(screen.count <= rows && screen.allSatisfy { $0.count <= columns }, "\(screen)")
        }
        let screen = table.lines(ConsoleWindow(columns: 60, rows: 4), at: time, isStyled: false)
        #expect(try screen.joined(separator: "\n") + "\n" == GoldenScreen.text("narrow.txt", orWrite: screen))
    }

    @Test func `gaps and signs carry the terminal's codes`() {
        var table = ConsoleTable(name: "screen", width: nil, rowLimit: 100)
        var flow = SampleFlow()
        flow.fill()
        flow.send(into: &table)
        let screen = table.lines(ConsoleWindow(columns: 160, rows: 20), at: time, isStyled: true)
        #expect(screen[0].hasPrefix("\u{1B}[1m") && screen[0].hasSuffix("\u{1B}[0m"))
        #expect(screen[2].contains("\u{1B}[1;37;41m!98.7%\u{1B}[0m") && screen[2].contains("\u{1B}[31m-1.5\u{1B}[0m"))
        #expect(screen[4].contains("\u{1B}[32m40\u{1B}[0m") && !screen[4].contains("41m"))
        // Without the codes the screen is the same.
        let plain = table.lines(ConsoleWindow(columns: 160, rows: 20), at: time, isStyled: false)
        #expect(screen.map { $0.replacing(#/\u{1B}\[[0-9;]*m/#, with: "") } == plain)
    }

    @Test func `symbols beyond the limit are counted`() {
        var table = ConsoleTable(name: "screen", width: nil, rowLimit: 2)
        var flow = SampleFlow()
        for symbol in [3, 1, 2, 0] as [UInt32] {
            flow.candle("1m", symbol: symbol, start: 60, prices: [1, 2, 1, 2], buy: 3, sell: 1)
        }
        flow.send(into: &table)
        let screen = table.lines(ConsoleWindow(columns: 160, rows: 20), at: time, isStyled: false)
        #expect(screen.dropFirst(2).map { String($0.prefix(8)).trimmed } == ["BTC/USD", "ETH/USD", "… 2 more"])
    }

    @Test func `the shortest bars beyond a second are shown, unless others are asked for`() {
        for (wanted, shown) in [(nil, "1m"), (Int64(300), "5m"), (1, "1s")] as [(Int64?, String)] {
            var table = ConsoleTable(name: "screen", width: wanted.map { $0 * Timestamp.second }, rowLimit: 10)
            var flow = SampleFlow()
            for width in ["1s", "5m", "1m", "5m", "1s"] {
                let open = Int64(["1s": 1, "1m": 60, "5m": 300][width] ?? 0)
                flow.candle(width, symbol: 0, start: 0, prices: [open, 900, 0, 7], buy: 1, sell: 0)
            }
            flow.send(into: &table)
            let screen = table.lines(ConsoleWindow(columns: 160, rows: 20), at: time, isStyled: false)
            #expect(screen[0].hasSuffix("bars of \(shown)"))
            let open = ["1s": " 1 ", "1m": " 60 ", "5m": " 300 "][shown] ?? ""
            #expect(screen[2].contains(open), "\(screen[2])")
        }
    }

    @Test func `a late revision of an earlier bar does not take the row back`() {
        var table = ConsoleTable(name: "screen", width: nil, rowLimit: 10)
        var flow = SampleFlow()
        flow.candle("1m", symbol: 0, start: 120, prices: [50, 50, 50, 50], buy: 1, sell: 0)
        flow.candle("1m", symbol: 0, start: 60, prices: [40, 40, 40, 40], buy: 1, sell: 0)
        flow.send(into: &table)
        let screen = table.lines(ConsoleWindow(columns: 160, rows: 20), at: time, isStyled: false)
        #expect(screen[2].contains(" 50 ") && !screen[2].contains(" 40 "))
    }

    @Test func `digits stand still once they were seen`() {
        var table = ConsoleTable(name: "screen", width: nil, rowLimit: 10)
        var flow = SampleFlow()
        flow.candle("1m", symbol: 1, start: 60, tenths: [1_005, 1_010, 1_000, 1_007], buy: 1, sell: 0)
        flow.send(into: &table)
        let first = table.lines(ConsoleWindow(columns: 160, rows: 20), at: time, isStyled: false)
        #expect(first[2].contains(" 101.0 ") && first[2].contains(" 100.7 "))
        flow.candle("1m", symbol: 1, start: 60, prices: [90, 91, 90, 90], buy: 1, sell: 0)
        flow.send(into: &table)
        let second = table.lines(ConsoleWindow(columns: 160, rows: 20), at: time, isStyled: false)
        #expect(second[2].contains("  90.0 ") && second[2].count == first[2].count && second[1] == first[1])
    }

    @Test func `rates are measured over a second or more`() {
        var rates = ConsoleRates()
        rates.measure(Timestamp(nanoseconds: 0))
        rates.updates = 100
        rates.measure(Timestamp(nanoseconds: Timestamp.second / 2))
        #expect(rates.updatesPerSecond == 0 && rates.tradesPerSecond == nil)
        (rates.updates, rates.trades) = (300, 50)
        rates.measure(Timestamp(nanoseconds: 2 * Timestamp.second))
        #expect(rates.updatesPerSecond == 150 && rates.tradesPerSecond == 25)
    }

    @Test(
        arguments: [
            (0, 2, "0.00"), (1_500_000_000, 0, "2"), (-1_500_000_000, 1, "-1.5"), (999_999_999, 3, "1.000"),
            (-1, 4, "0.0000"), (123_456_789_000_000_000, 9, "123456789.000000000"),
        ] as [(Int64, Int, String)])
    func `numbers have the places they are told`(_ billionths: Int64, _ places: Int, _ text: String) {
        #expect(ConsoleText.fixed(Int128(billionths), places: places) == text)
    }

    @Test func `only a whole coverage reads 100%`() {
        #expect(ConsoleText.coverage(1) == "100%")
        #expect(ConsoleText.coverage(0.999_999) == "!99.9%")
        #expect(ConsoleText.coverage(0) == "!0.0%" && ConsoleText.coverage(-0.1) == "!0.0%")
        #expect(ConsoleText.grouped(1_234_567) == "1,234,567" && ConsoleText.grouped(-12) == "-12")
    }
}

/// What the sink writes, byte for byte.
@Suite struct `The console's output` {
    private let time = SampleFlow.time(hour: 13, minute: 31, second: 5)

    @Test func `a terminal is drawn in place and gets its cursor back`() throws {
        let screen = Screen(window: ConsoleWindow(columns: 100, rows: 10))
        let sink = try ConsoleSink(settings("{}"), in: context, to: screen.output)
        #expect(screen.take() == "\u{1B}[?25l\u{1B}[2J\u{1B}[H")
        try sink.beat(time)
        let first = screen.take()
        #expect(first.hasPrefix("\u{1B}[2J\u{1B}[H\u{1B}[1mscreen ← ") && first.hasSuffix("\u{1B}[K\u{1B}[J"))
        try sink.beat(time + 100_000_000)
        #expect(screen.take().isEmpty)
        try sink.beat(time + 500_000_000)
        #expect(screen.take().hasPrefix("\u{1B}[H\u{1B}[1mscreen ← "))
        screen.resize(ConsoleWindow(columns: 20, rows: 5))
        try sink.beat(time + Timestamp.second)
        let small = screen.take()
        #expect(small.hasPrefix("\u{1B}[2J\u{1B}[H"))
        try sink.close()
        #expect(screen.take().hasSuffix("\n\u{1B}[?25h"))
    }

    @Test func `a sink that is dropped without an end gives the cursor back`() throws {
        let screen = Screen(window: ConsoleWindow(columns: 100, rows: 10))
        do { _ = try ConsoleSink(settings("{}"), in: context, to: screen.output) }
        #expect(screen.take().hasSuffix("\u{1B}[?25h"))
    }

    @Test func `a failed write is told`() throws {
        let output = ConsoleOutput(write: { _ in throw Screen.Torn() }, window: { nil })
        let sink = try ConsoleSink(settings("{}"), in: context, to: output)
        #expect(throws: Screen.Torn.self) { try sink.close() }
    }

    @Test func `plain lines have a limit each second, and a summary says what was left out`() {
        var lines = ConsoleLines(name: "screen")
        let table = SampleFlow.topics
        let node = lines.add(table)
        #expect(lines.beat(time, symbols: 0) == nil)
        var flow = SampleFlow()
        for _ in 0..<ConsoleLines.linesPerSecond + 7 {
            flow.candle("1m", symbol: 0, start: 60, prices: [1, 2, 1, 2], buy: 3, sell: 1, isFinal: true)
        }
        flow.candle("1m", symbol: 0, start: 60, prices: [1, 2, 1, 2], buy: 3, sell: 1)
        var written: [String] = []
        flow.forEach { head, update in
            let line = lines.take(update, from: node, slot: head.slot) { ("BTC/USD", 100_000_000) }
            if let line { written.append(line) }
        }
        #expect(written.count == ConsoleLines.linesPerSecond)
        #expect(
            written[0] == "2026-03-09 13:31:00–13:32:00 candle/1m/BTC/USD #1 open 1 high 2 low 1 close 2 volume 0.4 "
                + "buy 0.3 sell 0.1 neutral 0 vwap 1.5 coverage 98.7% gap 0.500s inferred 12.5%")
        #expect(lines.beat(time + 2 * Timestamp.second, symbols: 1) == nil)
        #expect(
            lines.beat(time + 10 * Timestamp.second, symbols: 1)
                == "2026-03-09 13:31:15 screen: 1 symbols, 58 updates, 6 a second, 7 final ones not shown")
    }

    private var context: SinkContext {
        let time = time
        return SinkContext(name: "screen", publisher: 1, now: { time }, isStopping: { false })
    }

    private func settings(_ text: String) throws -> ConsoleSettings {
        let object = SettingsObject(try JSONParser.parse(Array(text.utf8)), path: .root)
        return SettingsReader.read(ConsoleSettings.self, from: object).settings
    }
}

/// Keeps what is written.
final class Screen: Sendable {
    struct Torn: Error {}

    private let text = Mutex("")
    private let window: Mutex<ConsoleWindow?>

    init(window: ConsoleWindow?) { self.window = Mutex(window) }

    var output: ConsoleOutput {
        ConsoleOutput(
            write: { more in self.text.withLock { $0 += more } }, window: { self.window.withLock { $0 } })
    }

    func resize(_ size: ConsoleWindow) { window.withLock { $0 = size } }

    /// What was written since the last call.
    func take() -> String {
        text.withLock { text in
            defer { text = "" }
            return text
        }
    }
}

extension StringProtocol {
    fileprivate var trimmed: String { trimmingCharacters(in: .whitespaces) }
}
