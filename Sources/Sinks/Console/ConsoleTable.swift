internal import Graph
public import Market
public import Updates

/// The width and height of a terminal's window, in characters.
public struct ConsoleWindow: Equatable, Sendable {
    public let columns: Int
    public let rows: Int

    public init(columns: Int, rows: Int) {
        self.columns = columns
        self.rows = rows
    }
}

/// The console's live table: takes updates, and says line by line what the screen shows. It decides; it never writes.
///
/// A column appears once a topic came that fills it. Bars are shown in one width: the one asked for, else the shortest
/// beyond a second. Widths and decimal places only grow, so that digits stand still.
public struct ConsoleTable: Sendable {
    /// Symbols kept; more are counted in the header and not shown.
    public static let symbolLimit = 100_000
    private static let second: Int64 = Timestamp.second
    private static let gap = 2

    /// One symbols node that feeds the table.
    private struct Node: Sendable {
        let name: String
        var topics: [ConsoleTopic]
        /// The row of each symbol's index; -1 is none.
        var places: [Int32] = []
        /// The topics that the last price is taken from: the lowest rank that was received.
        var lastRank = Int64.max
    }

    /// The sink's own name, for the header.
    public let name: String
    /// The width of bars that is asked for, in nanoseconds.
    private let wantedWidth: Int64?
    private let rowLimit: Int
    private var nodes: [Node] = []
    private var rows: [ConsoleRow] = []
    /// The rows in the order of their symbols' names.
    private var order: [Int32] = []
    /// The width of bars that is shown; nil before any bar.
    private var shownWidth: Int64?
    private var widths = [Int](repeating: 0, count: ConsoleColumn.allCases.count)
    private var nameWidth = 6
    private var hasColumn = [Bool](repeating: false, count: ConsoleColumn.allCases.count)
    private var rates = ConsoleRates()
    /// Updates of symbols beyond the limit.
    private var leftOut = 0

    /// - Parameters:
    ///   - width: The bars that are shown, in nanoseconds; nil for the shortest beyond a second.
    ///   - rowLimit: Symbols shown at most.
    public init(name: String, width: Int64?, rowLimit: Int) {
        precondition(rowLimit > 0, "A table must have a row.")
        self.name = name
        wantedWidth = width
        self.rowLimit = rowLimit
    }

    public var symbolCount: Int { rows.count }

    /// Adds a symbols node; returns the number by which `take` names it.
    public mutating func add(node: String, _ topics: TopicTable) -> Int {
        nodes.append(Node(name: node, topics: topics.entries.map { ConsoleTopic($0) }))
        return nodes.count - 1
    }

    /// Takes one update: head, body and groups.
    ///
    /// - Parameter symbol: The name and the size step of the update's symbol; asked once for each.
    public mutating func take(
        _ update: RawSpan, from node: Int, slot: UInt16, symbol: UInt32, _ subject: (UInt32) -> (Symbol, Int64)
    ) {
        rates.updates += 1
        if !nodes[node].topics[Int(slot)].isReceived { note(node, Int(slot)) }
        guard let row = row(of: symbol, in: node, subject) else {
            leftOut += 1
            return
        }
        let topic = nodes[node].topics[Int(slot)]
        if let offset = topic.lastPrice, rank(of: topic) == nodes[node].lastRank {
            rows[row].takeLast(update, at: offset)
        }
        guard let width = topic.width else {
            rates.trades += rows[row].takeSession(update, topic)
            return
        }
        if width == shownWidth { rows[row].takeBar(update, topic) }
    }

    /// Counts what came since the last call; due at each beat.
    public mutating func measure(_ now: Timestamp) { rates.measure(now) }

    // MARK: Choosing

    /// A topic's first update: it may bring columns, or better bars than those shown.
    private mutating func note(_ node: Int, _ slot: Int) {
        nodes[node].topics[slot].isReceived = true
        let topic = nodes[node].topics[slot]
        if topic.lastPrice != nil, rank(of: topic) < nodes[node].lastRank {
            nodes[node].lastRank = rank(of: topic)
            hasColumn[ConsoleColumn.last.rawValue] = true
        }
        if let width = topic.width {
            guard topic.uses.contains(where: { $0.column.span == .bar }) else { return }
            if let shownWidth, !isBetter(width, than: shownWidth), width != shownWidth { return }
            if let shownWidth, width != shownWidth {
                for row in rows.indices { rows[row].forgetBar() }
                for column in ConsoleColumn.allCases where column.span == .bar { hasColumn[column.rawValue] = false }
            }
            shownWidth = width
        }
        for use in topic.uses { hasColumn[use.column.rawValue] = true }
        if topic.buyAndSell != nil { hasColumn[ConsoleColumn.delta.rawValue] = true }
        hasColumn[(topic.width == nil ? ConsoleColumn.sessionCoverage : .coverage).rawValue] = true
        hasColumn[ConsoleColumn.inferred.rawValue] = true
    }

    /// The width asked for is best; then the shortest beyond a second; then the longest of the others.
    private func isBetter(_ width: Int64, than other: Int64) -> Bool {
        func rank(_ width: Int64) -> (Int, Int64) {
            if width == wantedWidth { return (0, 0) }
            return width > ConsoleTable.second ? (1, width) : (2, -width)
        }
        return rank(width) < rank(other)
    }

    /// Trades tell the last price best, then the shortest bars, then sessions.
    private func rank(of topic: ConsoleTopic) -> Int64 {
        if let width = topic.width { return width }
        return topic.uses.contains { $0.column == .control } ? .max - 1 : 0
    }

    private mutating func row(of symbol: UInt32, in node: Int, _ subject: (UInt32) -> (Symbol, Int64)) -> Int? {
        let index = Int(symbol)
        if index < nodes[node].places.count, nodes[node].places[index] >= 0 { return Int(nodes[node].places[index]) }
        guard rows.count < ConsoleTable.symbolLimit else { return nil }
        let (symbol, sizeStep) = subject(symbol)
        let name = node == 0 ? symbol.name : "\(symbol.name) (\(nodes[node].name))"
        let place = rows.count
        rows.append(ConsoleRow(name: name, sizeStep: sizeStep))
        let missing = index + 1 - nodes[node].places.count
        if missing > 0 { nodes[node].places += [Int32](repeating: -1, count: missing) }
        nodes[node].places[index] = Int32(place)
        order.insert(Int32(place), at: orderPlace(of: name))
        return place
    }

    /// Where a name belongs among the ordered rows.
    private func orderPlace(of name: String) -> Int {
        var (low, high) = (0, order.count)
        while low < high {
            let middle = (low + high) / 2
            if rows[Int(order[middle])].name < name { low = middle + 1 } else { high = middle }
        }
        return low
    }

    // MARK: Showing

    /// The screen's lines, at most as many and as wide as the window.
    ///
    /// - Parameter isStyled: Whether lines carry the terminal's codes for bold and colour.
    public mutating func lines(_ window: ConsoleWindow, at now: Timestamp, isStyled: Bool) -> [String] {
        guard window.rows > 0, window.columns > 0 else { return [] }
        let capacity = max(window.rows - 2, 0)
        // Where symbols are left out, the last line says how many.
        let isCut = rows.count > min(capacity, rowLimit)
        let shown = order.prefix(isCut ? min(rowLimit, max(capacity - 1, 0)) : rows.count).map { Int($0) }
        let cells = shown.map { row in ConsoleColumn.allCases.map { rows[row].text($0) } }
        measureWidths(shown, cells)
        let columns = fitting(window.columns)
        let style = ConsoleStyle(isStyled: isStyled)
        var lines = [style.bold(String(header(now).prefix(window.columns)))]
        lines.append(style.bold(String(titles(columns).prefix(window.columns))))
        for (row, texts) in zip(shown, cells) { lines.append(line(row, texts, columns, window, style)) }
        if isCut { lines.append(String("… \(rows.count - shown.count) more symbols".prefix(window.columns))) }
        return Array(lines.prefix(window.rows))
    }

    private mutating func measureWidths(_ shown: [Int], _ cells: [[String?]]) {
        for (row, texts) in zip(shown, cells) {
            nameWidth = max(nameWidth, rows[row].name.count)
            for column in ConsoleColumn.allCases {
                let width = max(texts[column.rawValue]?.count ?? 1, column.title.count)
                widths[column.rawValue] = max(widths[column.rawValue], width)
            }
        }
    }

    /// The columns that find room, in their order.
    private func fitting(_ width: Int) -> [ConsoleColumn] {
        var columns = ConsoleColumn.allCases.filter { hasColumn[$0.rawValue] }
        func total() -> Int { columns.reduce(nameWidth) { $0 + ConsoleTable.gap + widths[$1.rawValue] } }
        while total() > width, let least = columns.max(by: { $0.dispensability < $1.dispensability }) {
            columns.removeAll { $0 == least }
        }
        return columns
    }

    private func header(_ now: Timestamp) -> String {
        var parts = ["\(name) ← \(nodes.map { $0.name }.joined(separator: ", "))"]
        parts.append("\(ConsoleText.date(now)) \(ConsoleText.clock(now)) UTC")
        parts.append("\(ConsoleText.grouped(rows.count)) symbols")
        parts.append("\(ConsoleText.grouped(rates.updatesPerSecond)) updates/s")
        if let trades = rates.tradesPerSecond { parts.append("\(ConsoleText.grouped(trades)) trades/s") }
        if let shownWidth { parts.append("bars of \(DurationText.text(.nanoseconds(shownWidth)))") }
        if leftOut > 0 { parts.append("\(ConsoleText.grouped(leftOut)) updates beyond the symbol limit") }
        return parts.joined(separator: "   ")
    }

    private func titles(_ columns: [ConsoleColumn]) -> String {
        columns.reduce(ConsoleText.left("symbol", nameWidth)) { text, column in
            text + ConsoleText.right(column.title, ConsoleTable.gap + widths[column.rawValue])
        }
    }

    private func line(
        _ row: Int, _ texts: [String?], _ columns: [ConsoleColumn], _ window: ConsoleWindow, _ style: ConsoleStyle
    ) -> String {
        var line = String(ConsoleText.left(rows[row].name, nameWidth).prefix(window.columns))
        for column in columns {
            let text = texts[column.rawValue] ?? "–"
            line += String(repeating: " ", count: ConsoleTable.gap + widths[column.rawValue] - text.count)
            if column == .coverage, rows[row].barCoverage < 1 {
                line += style.alarm(text)
            } else if column == .sessionCoverage, rows[row].sessionCoverage < 1 {
                line += style.warning(text)
            } else if column.isSigned {
                line += style.signed(text, rows[row].sign(column))
            } else {
                line += text
            }
        }
        return line
    }
}

/// How many updates and trades came in a second, measured over about one.
struct ConsoleRates: Sendable {
    var updates = 0
    var trades: Int64 = 0
    private(set) var updatesPerSecond = 0
    /// Nil while no topic tells trades.
    private(set) var tradesPerSecond: Int?
    private var since: Timestamp?
    private var before = (updates: 0, trades: Int64(0))

    mutating func measure(_ now: Timestamp) {
        guard let since else {
            self.since = now
            return
        }
        let elapsed = now - since
        guard elapsed >= Timestamp.second else { return }
        func rate(_ count: Double) -> Int { Int((count * Double(Timestamp.second) / Double(elapsed)).rounded()) }
        updatesPerSecond = rate(Double(updates - before.updates))
        if trades > 0 { tradesPerSecond = rate(Double(trades - before.trades)) }
        before = (updates, trades)
        self.since = now
    }
}

/// The terminal's codes for bold and colour, or nothing where they are not wanted.
struct ConsoleStyle: Sendable {
    let isStyled: Bool

    func bold(_ text: String) -> String { wrap(text, "1") }
    func alarm(_ text: String) -> String { wrap(text, "1;37;41") }
    func warning(_ text: String) -> String { wrap(text, "33") }
    func signed(_ text: String, _ sign: Int) -> String { sign == 0 ? text : wrap(text, sign < 0 ? "31" : "32") }

    private func wrap(_ text: String, _ code: String) -> String {
        isStyled ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}
