internal import Updates

/// Every table of a store: the one list from which schemas, statements and documents are made.
public enum StoredTables {
    /// In the order in which they are made; a row writer names a table by its place here.
    public static let all: [StoredTable] = [
        symbols, instruments, places, rejectedRows, ticks, quotes, candles, volumeProfile, profileMetrics, orderFlow,
        marketState, signals, analytics, strategies, strategyConfigs, orders, fills, positions,
    ]

    /// The version of all this; raised with every change, together with a step that brings older stores to it.
    public static let version = 1

    public static func index(of table: StoredTable) -> Int {
        guard let index = all.firstIndex(where: { $0.name == table.name }) else {
            preconditionFailure("A table must be in the list of all.")
        }
        return index
    }

    // MARK: What the store knows of itself

    public static let symbols = StoredTable(
        "symbols", .revised, key: ["id"], time: nil,
        columns: [
            TableColumn("id", .integer, "Number by which the other tables name it, from 1."),
            TableColumn("node", .text, "Symbols node that publishes it."),
            TableColumn("symbol", .text, "Name as the venue writes it."),
            TableColumn("size_step", .integer, "One step of its quantities, in billionths of a unit."),
        ],
        meaning: "Symbols of each node; another size step is another row.")

    public static let instruments = StoredTable(
        "instruments", .revised, key: ["symbol"], time: nil,
        columns: [
            TableColumn("symbol", .text, "Name as the venue writes it."),
            TableColumn("size_step", .integer, "One step of its quantities, in billionths of a unit."),
            TableColumn("tick", .price, optional: true, "Smallest price move; empty where no update told it."),
            TableColumn("session", .text, optional: true, "Session calendar; empty where no update told it."),
        ],
        meaning: "What a symbol's numbers mean, as last seen.")

    public static let places = StoredTable(
        "places", .revised, key: ["node"], time: nil,
        columns: [
            TableColumn("node", .text, "Symbols node whose updates were read."),
            TableColumn("journal", .integer, "The journal's id, 64 bits as a signed number."),
            TableColumn("position", .integer, "Everything up to this position is stored."),
        ],
        meaning: "How far each node's journal of updates has been stored; written with the rows themselves.")

    public static let rejectedRows = StoredTable(
        "rejected_rows", .revised, key: ["node", "topic", "number"], time: nil,
        columns: [
            TableColumn("node", .text, "Symbols node that published it."),
            TableColumn("topic", .text, "Topic with the symbol."),
            TableColumn("number", .integer, "Number on its topic."),
            TableColumn("reason", .text, "What was wrong with it."),
            TableColumn("content", .bytes, "The update's bytes, at most 4,096 of them."),
        ],
        meaning: "Updates that no row could be made of, set aside so that the others go on.")

    // MARK: Columns that many tables have

    static let bookStates = BookState.allCases.map { "\($0)" }
    static let reasons = RevisionReason.allCases.map { "\($0)" }
    static let flags = ["inputRevised", "approximate", "coarsened"]

    static let symbol = TableColumn("symbol", .symbol, "The symbol.")
    static let start = TableColumn("start_time", .time, "Begin of the window.")
    static let end = TableColumn("end_time", .time, "End of the window, itself not in it.")

    /// What every update says of itself and of its input: the last columns of each table of updates.
    static let said: [TableColumn] = [
        TableColumn("number", .integer, "The update's count on its topic."),
        TableColumn("revision", .integer, "How often the final value was replaced."),
        TableColumn("final", .flag, "Whether the window is closed."),
        TableColumn("reason", .text, optional: true, "Why it replaces an earlier one: late, corrected, cancelled."),
        TableColumn("flags", .marks(flags), "Marks that are rare and must be seen."),
        TableColumn("coverage", .real, optional: true, "Part of the window that no declared gap covers, 0 to 1."),
        TableColumn("gap_seconds", .real, optional: true, "Length of the declared gaps, seconds."),
        TableColumn("inferred_share", .real, optional: true, "Part of signed volume whose side was inferred, 0 to 1."),
        TableColumn("book_state", .text, "What the book was: none, whole, resyncing, crossed."),
    ]
}
