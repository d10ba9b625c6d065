internal import Graph
internal import Updates

/// A column of the console's table: its title, and the field that fills it wherever a topic has one of that name.
enum ConsoleColumn: Int, CaseIterable, Sendable {
    case last, open, high, low, close, volume, delta, cumulativeDelta, weightedPrice, control, areaHigh, areaLow
    /// The part of the bar, and of the session, that no gap hides; the part of volume whose side is inferred.
    case coverage, sessionCoverage, inferred

    /// Over what time a column speaks.
    enum Span: Sendable {
        /// One bar of the width that the table shows.
        case bar
        /// Everything since an anchor, such as the session's open.
        case session
    }

    var title: String {
        switch self {
        case .last: "last"
        case .cumulativeDelta: "cvd"
        case .coverage: "cover"
        case .sessionCoverage: "session"
        default: field ?? "inferred"
        }
    }

    /// The name of the field; nil where the column is made from something else.
    var field: String? {
        switch self {
        case .open: "open"
        case .high: "high"
        case .low: "low"
        case .close: "close"
        case .volume: "volume"
        case .delta: "delta"
        case .cumulativeDelta: "cvd"
        case .weightedPrice: "vwap"
        case .control: "poc"
        case .areaHigh: "vah"
        case .areaLow: "val"
        case .last, .coverage, .sessionCoverage, .inferred: nil
        }
    }

    var span: Span {
        switch self {
        case .open, .high, .low, .close, .volume, .delta, .coverage: .bar
        case .last, .cumulativeDelta, .weightedPrice, .control, .areaHigh, .areaLow, .sessionCoverage, .inferred:
            .session
        }
    }

    /// Where the window is too narrow, the columns with the largest number go first.
    var dispensability: Int {
        switch self {
        case .last: 0
        case .coverage: 1
        case .sessionCoverage: 2
        case .cumulativeDelta: 3
        case .delta: 4
        case .control: 5
        case .volume: 6
        case .weightedPrice: 7
        case .high: 8
        case .low: 9
        case .areaHigh: 10
        case .areaLow: 11
        case .inferred: 12
        case .open: 13
        case .close: 14
        }
    }

    /// Whether red and green tell below zero from above.
    var isSigned: Bool { self == .delta || self == .cumulativeDelta }
}

/// What one topic of a node gives to the table.
struct ConsoleTopic: Sendable {
    /// One field and the column that it fills.
    struct Use: Sendable {
        let column: ConsoleColumn
        let type: FieldType
        let offset: Int
    }

    let prefix: String
    /// Nanoseconds of a bar, told by the topic's last part; nil where the topic speaks of a session or an event.
    let width: Int64?
    let uses: [Use]
    /// Where the delta is no field of its own but buy less sell.
    let buyAndSell: (buy: Int, sell: Int)?
    /// The count of trades since an anchor.
    let trades: Int?
    /// The price that the symbol had last.
    let lastPrice: Int?
    var isReceived = false

    init(_ entry: TopicEntry) {
        let layout = entry.layout
        prefix = entry.prefix
        let part = entry.prefix.split(separator: "/").last.map(String.init) ?? ""
        let duration = DurationText.duration(part).map(DurationText.nanoseconds) ?? 0
        width = duration > 0 ? duration : nil
        let span: ConsoleColumn.Span = duration > 0 ? .bar : .session
        func field(_ name: String) -> UpdateField? { layout.fields.first { $0.name == name } }
        uses = ConsoleColumn.allCases.filter { $0.span == span }.compactMap { column in
            guard let name = column.field, let field = field(name) else { return nil }
            return Use(column: column, type: field.type, offset: UpdateHead.size + field.offset)
        }
        if span == .bar, field("delta") == nil, let buy = field("buy"), let sell = field("sell") {
            buyAndSell = (UpdateHead.size + buy.offset, UpdateHead.size + sell.offset)
        } else {
            buyAndSell = nil
        }
        trades = span == .session ? field("trades").map { UpdateHead.size + $0.offset } : nil
        let price = field("close") ?? (field("venueTime") == nil ? nil : field("price"))
        lastPrice = price.map { UpdateHead.size + $0.offset }
    }
}
