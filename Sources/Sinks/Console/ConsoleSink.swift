public import Engine
public import Graph
public import Market
internal import Updates

/// Where the console writes, and how large its window is.
public struct ConsoleOutput: Sendable {
    /// Writes all of a text, or throws.
    public let write: @Sendable (String) throws -> Void
    /// The window as it is now; nil where the output is no terminal.
    public let window: @Sendable () -> ConsoleWindow?

    public init(
        write: @escaping @Sendable (String) throws -> Void, window: @escaping @Sendable () -> ConsoleWindow?
    ) {
        self.write = write
        self.window = window
    }
}

/// What a topology says of a console.
public struct ConsoleSettings: NodeSettings {
    private static let rates: ClosedRange<Duration> = .milliseconds(100) ... .seconds(60)
    private static let widths: ClosedRange<Duration> = .milliseconds(1) ... .seconds(7 * 86_400)

    public let refresh: Duration
    public let rows: Int
    /// Nil for the shortest beyond a second.
    public let bar: Duration?
    public let isPlain: Bool

    public init(reading reader: inout SettingsReader) {
        refresh = reader.duration(
            "refresh", default: .milliseconds(500), in: ConsoleSettings.rates, meaning: "How often the table is drawn")
        rows = reader.integer("rows", default: 1_000, in: 1...100_000, meaning: "Symbols shown at most")
        bar = reader.optionalDuration(
            "bar", in: ConsoleSettings.widths, meaning: "Bars shown; without it the shortest beyond 1s that come")
        isPlain = reader.flag("plain", default: false, meaning: "Plain lines even on a terminal")
    }
}

/// A live table on the terminal; plain lines where there is none.
public final class ConsoleSink: Sink {
    public static let kind = NodeKind(
        name: "console", role: .sink, meaning: "A live table on the terminal; plain lines where there is none"
    ) { reader in
        _ = ConsoleSettings(reading: &reader)
        // Two tables on one terminal would draw over each other.
        return .sink(keepsLossless: false, holdings: [NodeFacts.Holding(field: "kind", endpoint: "terminal:stdout")])
    }

    /// What a terminal understands.
    private enum Code {
        static let home = "\u{1B}[H"
        static let clear = "\u{1B}[2J"
        static let clearLine = "\u{1B}[K"
        static let clearRest = "\u{1B}[J"
        static let hideCursor = "\u{1B}[?25l"
        static let showCursor = "\u{1B}[?25h"
    }

    /// The size of the table that ends plain lines.
    private static let plainWindow = ConsoleWindow(columns: 200, rows: 60)

    private let output: ConsoleOutput
    private let refresh: Int64
    private let now: @Sendable () -> Timestamp
    private let isTable: Bool
    private var table: ConsoleTable
    private var plain: ConsoleLines
    /// The numbers by which table and lines know each symbols node.
    private var nodes: [String: Int] = [:]
    private var waiting = ""
    private var lastDrawing: Timestamp?
    private var window: ConsoleWindow?
    private var hidesCursor = false

    public init(_ settings: ConsoleSettings, in context: SinkContext, to output: ConsoleOutput) throws {
        self.output = output
        now = context.now
        refresh = DurationText.nanoseconds(settings.refresh)
        isTable = !settings.isPlain && output.window() != nil
        table = ConsoleTable(
            name: context.name, width: settings.bar.map(DurationText.nanoseconds), rowLimit: settings.rows)
        plain = ConsoleLines(name: context.name)
        guard isTable else { return }
        try output.write(Code.hideCursor + Code.clear + Code.home)
        hidesCursor = true
    }

    /// A run that failed must leave the cursor, too; where even that cannot be written there is no one to tell.
    deinit { if hidesCursor { try? output.write("\n" + Code.showCursor) } }

    public func receive(_ records: RawSpan, from origin: UpdateOrigin) {
        let node = node(origin)
        RecordReader.forEach(in: records) { head, update in
            table.take(update, from: node, slot: head.slot, symbol: head.symbol) { index in
                let symbol = origin.symbol(index)
                return (symbol.symbol, symbol.sizeStep)
            }
            guard !isTable else { return }
            let line = plain.take(update, from: node, slot: head.slot) {
                let symbol = origin.symbol(head.symbol)
                return (symbol.symbol.name, symbol.sizeStep)
            }
            if let line { waiting += line + "\n" }
        }
    }

    public func flush() throws {
        guard !waiting.isEmpty else { return }
        let text = waiting
        waiting = ""
        try output.write(text)
    }

    public func beat(_ now: Timestamp) throws {
        table.measure(now)
        if !isTable {
            if let line = plain.beat(now, symbols: table.symbolCount) { try output.write(line + "\n") }
        } else if now - (lastDrawing ?? Timestamp(nanoseconds: 0)) >= refresh {
            try draw(now)
        }
    }

    /// The last table stays on the screen, the cursor below it; plain lines end with a table, too.
    public func close() throws {
        guard isTable else {
            let summary = plain.summary(now(), symbols: table.symbolCount)
            let lines = table.lines(ConsoleSink.plainWindow, at: now(), isStyled: false)
            return try output.write(([summary] + lines).joined(separator: "\n") + "\n")
        }
        try draw(now())
        try output.write("\n" + Code.showCursor)
        hidesCursor = false
    }

    private func draw(_ now: Timestamp) throws {
        lastDrawing = now
        guard let window = output.window() else { return }
        let start = window == self.window ? Code.home : Code.clear + Code.home
        self.window = window
        // A line less than the window has: the cursor finds room below without scrolling the header away.
        let room = ConsoleWindow(columns: window.columns, rows: max(window.rows - 1, 1))
        let lines = table.lines(room, at: now, isStyled: true)
        try output.write(start + lines.joined(separator: Code.clearLine + "\r\n") + Code.clearLine + Code.clearRest)
    }

    private func node(_ origin: UpdateOrigin) -> Int {
        if let known = nodes[origin.node] { return known }
        let node = table.add(node: origin.node, origin.topics)
        let same = plain.add(origin.topics)
        precondition(node == same, "Table and lines must count the nodes alike.")
        nodes[origin.node] = node
        return node
    }
}
