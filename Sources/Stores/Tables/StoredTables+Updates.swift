internal import Analytics
internal import Updates

/// The tables of updates. A column that bears a field's name holds that field (`maxDelta` is `max_delta`).
extension StoredTables {
    public static let ticks = StoredTable(
        "ticks", .appended, key: ["symbol", "time", "number"], time: "time",
        columns: [symbol, TableColumn("time", .time, "When the venue says that it happened.")]
            + columns(of: TradeUpdate.layout, except: ["venueTime"]) + said,
        meaning: "Trades as they came, with their aggressors; only where an edge asks for `trade/`.")

    public static let quotes = StoredTable(
        "quotes", .appended, key: ["symbol", "time", "number"], time: "time",
        columns: [symbol, TableColumn("time", .time, "When the venue says that it happened.")]
            + columns(of: QuoteUpdate.layout, except: ["venueTime"]) + said,
        meaning: "The best bid and ask as they came; only where an edge asks for `quote/`.")

    public static let candles = StoredTable(
        "candles", .revised, key: ["symbol", "width", "start_time"], time: "start_time",
        columns: [symbol, TableColumn("width", .text, "Width as in the topology, `1m`."), start, end]
            + columns(of: CandleUpdate.layout) + said,
        meaning: "Open, high, low, close and volume of a window; a window without a trade has no row.")

    public static let volumeProfile = StoredTable(
        "volume_profile", .grouped(by: 2), key: ["symbol", "start_time", "price"], time: "start_time",
        columns: [
            symbol, start, end, TableColumn("price", .price, "Lower edge of the row."),
            TableColumn("volume", .quantity, "Volume of the row; empty rows between others are there."),
            TableColumn("row_height", .price, optional: true, "Height of a row; doubled where rows were merged."),
        ] + said,
        meaning: "Volume by price of each session, from its final profile.")

    public static let profileMetrics = StoredTable(
        "profile_metrics", .revised, key: ["symbol", "variant", "start_time", "end_time"], time: "start_time",
        columns: [
            symbol, TableColumn("variant", .text, "`session`, or `developing` for the values as they grew."), start,
            end,
        ] + columns(of: ProfileUpdate.layout) + [
            TableColumn("high_nodes", .json, "High-volume nodes: price (lower edge) and volume of each."),
            TableColumn("low_nodes", .json, "Low-volume nodes: price (lower edge) and volume of each."),
        ] + said,
        meaning: "Point of control, value area and nodes: of each session, and as they developed.")

    public static let orderFlow = StoredTable(
        "order_flow", .revised, key: ["symbol", "width", "start_time"], time: "start_time",
        columns: [
            symbol, TableColumn("width", .text, "Width as in the topology, `1m`; `session` for a whole session."),
            start,
            end, TableColumn("delta", .quantity, "Buy volume less sell volume."),
            TableColumn("max_delta", .quantity, optional: true, "Highest delta inside the window."),
            TableColumn("min_delta", .quantity, optional: true, "Lowest delta inside the window."),
            TableColumn("volume", .quantity, "Volume: buy and sell and neutral."),
            TableColumn("buy", .quantity, "Volume with a buyer as aggressor."),
            TableColumn("sell", .quantity, "Volume with a seller as aggressor."),
            TableColumn("neutral", .quantity, "Volume whose aggressor nobody knows."),
            TableColumn("cvd", .quantity, "Cumulative delta since the session's open, at the window's end."),
            TableColumn("trades", .integer, "Trades that carried volume."),
            TableColumn("pressure", .real, optional: true, "Delta over volume, −1 to 1."),
        ] + said,
        meaning: "Delta, cumulative delta and pressure of a window.")

    public static let marketState = StoredTable(
        "market_state", .appended, key: ["symbol", "start_time", "number"], time: "start_time",
        columns: [symbol, start, end] + columns(of: MarketStateUpdate.layout) + said,
        meaning: "Balance, imbalance or transition at each evaluation, with what it was made of.")

    public static let signals = StoredTable(
        "signals", .revised, key: ["symbol", "rule", "known", "identifier"], time: "known",
        columns: [
            symbol, TableColumn("rule", .text, "The rule that made it."),
            TableColumn("known", .time, "When all inputs were known."),
            TableColumn("identifier", .integer, "Count of the rule's signals, from 1."),
        ] + columns(of: SignalUpdate.layout, except: ["rule", "known", "identifier"]) + [
            TableColumn("inputs", .json, "The updates that it rests on, each with its quality."), start, end,
        ] + said,
        meaning: "Signals, as they are by now: open, or how they ended.")

    public static let analytics = StoredTable(
        "analytics", .appended, key: ["symbol", "kind", "variant", "start_time", "number"], time: "start_time",
        columns: [
            symbol, TableColumn("kind", .text, "The topic's first part."),
            TableColumn("variant", .text, "The topic between kind and symbol, `5m`; empty where there is none."), start,
            end, TableColumn("body", .json, "The update's own members, as docs/topics.md lists them."),
        ] + said,
        meaning: "Every other kind of update, each update a row.")

    /// A column for each field, named and explained by it.
    private static func columns(of layout: UpdateLayout, except left: [String] = []) -> [TableColumn] {
        layout.fields.filter { !left.contains($0.name) }.map { field in
            TableColumn(
                ColumnName.text(of: field.name), ColumnType(field.type), optional: field.type.mayBeEmpty, field.meaning)
        }
    }
}

/// How a member of an update is called as a column.
enum ColumnName {
    /// `maxDelta` is `max_delta`.
    static func text(of member: String) -> String {
        member.reduce(into: "") { text, letter in text += letter.isUppercase ? "_" + letter.lowercased() : "\(letter)" }
    }
}

extension ColumnType {
    /// What a field becomes; a choice is kept by its name.
    init(_ type: FieldType) {
        self =
            switch type {
            case .price: .price
            case .quantity: .quantity
            case .count: .integer
            case .real: .real
            case .time: .time
            case .flag: .flag
            case .choice: .text
            case .marks(let names): .marks(names)
            }
    }
}

extension FieldType {
    /// Whether JSON may have null for it.
    fileprivate var mayBeEmpty: Bool {
        switch self {
        case .price, .real, .time: true
        case .quantity, .count, .flag, .choice, .marks: false
        }
    }
}
