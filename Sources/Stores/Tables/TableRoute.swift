internal import Updates

/// Which kind of update goes into which table, and where columns come from whose name alone does not tell it.
struct TableRoute: Sendable {
    /// Where a column's value comes from.
    enum Origin: Sendable {
        case nothing
        /// The part of the topic behind the kind.
        case variant
        case fixed(String)
        /// Begin of the window.
        case start
        case field(String)
        case sum([String])
        /// A field of each entry of the route's group.
        case entry(String)
        /// A whole group as a JSON array.
        case group(String)
        case kind
        /// All members of the update as a JSON object.
        case body
    }

    let table: StoredTable
    /// The group whose entries are the rows; nil where the update itself is the row.
    var group: String?
    /// Whether only updates of a closed window are taken, whatever the settings say.
    var onlyFinal = false
    var origins: [String: Origin] = [:]

    /// The routes of the updates of a topic: those of its kind, if its layout is what they expect.
    static func routes(of entry: TopicEntry) -> [TableRoute] {
        let parts = TopicParts(entry.prefix)
        let routes = known(parts)
        return !routes.isEmpty && routes.allSatisfy { $0.fits(entry.layout) } ? routes : [other]
    }

    private static func known(_ topic: TopicParts) -> [TableRoute] {
        switch topic.kind {
        case "candle": [TableRoute(table: StoredTables.candles, origins: ["width": .variant])]
        case "trade": [TableRoute(table: StoredTables.ticks, origins: ["time": .start])]
        case "quote": [TableRoute(table: StoredTables.quotes, origins: ["time": .start])]
        case "profile" where topic.variant == "session": [metrics, rows]
        case "profile": [metrics]
        case "delta": [TableRoute(table: StoredTables.orderFlow, origins: delta)]
        case "cvd": [TableRoute(table: StoredTables.orderFlow, origins: cumulativeDelta)]
        case "state": [TableRoute(table: StoredTables.marketState)]
        case "signal": [TableRoute(table: StoredTables.signals, origins: ["inputs": .group("inputs")])]
        default: []
        }
    }

    private static let metrics = TableRoute(
        table: StoredTables.profileMetrics,
        origins: ["variant": .variant, "high_nodes": .group("highNodes"), "low_nodes": .group("lowNodes")])

    private static let rows = TableRoute(
        table: StoredTables.volumeProfile, group: "rows", onlyFinal: true,
        origins: ["price": .entry("price"), "volume": .entry("volume")])

    private static let delta: [String: Origin] = ["width": .variant, "pressure": .field("deltaShare")]

    private static let cumulativeDelta: [String: Origin] = [
        "width": .fixed("session"), "delta": .field("cvd"), "max_delta": .nothing, "min_delta": .nothing,
        "volume": .sum(["buy", "sell", "neutral"]), "pressure": .nothing,
    ]

    private static let other = TableRoute(
        table: StoredTables.analytics, origins: ["kind": .kind, "variant": .variant, "body": .body])

    /// Whether the layout has every field that the table wants, of the right type.
    private func fits(_ layout: UpdateLayout) -> Bool {
        if let group, !layout.groups.contains(where: { $0.name == group }) { return false }
        return table.columns.allSatisfy { column in
            guard !RowPlan.headColumns.contains(column.name) else { return true }
            switch origins[column.name] {
            case .nothing, .variant, .fixed, .start, .kind, .body: return true
            case .field(let name): return TableRoute.has(name, column.type, in: layout.fields)
            case .sum(let names): return names.allSatisfy { TableRoute.has($0, column.type, in: layout.fields) }
            case .group(let name): return layout.groups.contains { $0.name == name }
            case .entry(let name):
                return layout.groups.contains { $0.name == group && TableRoute.has(name, column.type, in: $0.fields) }
            case nil: return layout.fields.contains { ColumnName.text(of: $0.name) == column.name }
            }
        }
    }

    private static func has(_ name: String, _ type: ColumnType, in fields: [UpdateField]) -> Bool {
        fields.contains { $0.name == name && ColumnType($0.type) == type }
    }
}

/// A topic's prefix in its parts: `candle/1m/` is of the kind `candle`, with the variant `1m`.
struct TopicParts: Equatable, Sendable {
    let kind: String
    let variant: String

    init(_ prefix: String) {
        let parts = prefix.split(separator: "/")
        kind = parts.first.map(String.init) ?? ""
        variant = parts.dropFirst().joined(separator: "/")
    }

    /// Kinds that are published while their window grows, at a steady pace: without being asked for, a store keeps
    /// their final values only. Values of other kinds that are not final tell of something that began.
    private static let growing: Set<String> = ["candle", "delta", "vwap", "cvd", "session", "footprint", "tpo"]

    /// Whether what is not final is the same value again, a little later. A developing profile never becomes final.
    var grows: Bool { TopicParts.growing.contains(kind) || kind == "profile" && variant == "session" }
}
