/// The tables of execution. They are made with the others and stay empty until something executes.
extension StoredTables {
    public static let strategies = StoredTable(
        "strategies", .revised, key: ["strategy"], time: nil,
        columns: [
            strategy, TableColumn("kind", .text, "What kind of strategy it is."),
            TableColumn("enabled", .flag, "Whether it may send orders."),
        ],
        meaning: "Strategies by name.")

    public static let strategyConfigs = StoredTable(
        "strategy_configs", .revised, key: ["strategy", "version"], time: nil,
        columns: [
            strategy, TableColumn("version", .integer, "Count of its settings, from 1."),
            TableColumn("since", .time, "Venue time from which they hold."),
            TableColumn("settings", .json, "The settings themselves."),
        ],
        meaning: "Settings of each strategy, as they changed.")

    public static let orders = StoredTable(
        "orders", .revised, key: ["symbol", "created", "identifier"], time: "created",
        columns: [
            symbol, TableColumn("created", .time, "Venue time at which it was decided."),
            TableColumn("identifier", .text, "Our own name of the order."), strategy,
            TableColumn("venue_identifier", .text, optional: true, "The venue's name of the order."),
            TableColumn("side", .text, "buy or sell."), TableColumn("kind", .text, "market, limit, stop."),
            TableColumn("price", .price, optional: true, "Limit price."),
            TableColumn("stop", .price, optional: true, "Price that sets it off."),
            TableColumn("quantity", .quantity, "Size asked for."),
            TableColumn("filled", .quantity, "Size executed so far."),
            TableColumn("status", .text, "working, filled, cancelled, refused."),
            TableColumn("changed", .time, optional: true, "Venue time of its last change."),
            TableColumn("note", .text, optional: true, "Why it was refused or cancelled."),
        ],
        meaning: "Orders, as they are by now.")

    public static let fills = StoredTable(
        "fills", .appended, key: ["symbol", "time", "identifier"], time: "time",
        columns: [
            symbol, TableColumn("time", .time, "When the venue says that it happened."),
            TableColumn("identifier", .text, "The venue's name of the execution."),
            TableColumn("order_identifier", .text, "Our own name of the order."), strategy,
            TableColumn("side", .text, "buy or sell."), TableColumn("price", .price, "Price of the execution."),
            TableColumn("quantity", .quantity, "Size of the execution."),
            TableColumn("fee", .price, optional: true, "Fee in the quote currency; below 0 where paid to us."),
            TableColumn("liquidity", .text, optional: true, "maker or taker."),
        ],
        meaning: "Executions of orders.")

    public static let positions = StoredTable(
        "positions", .revised, key: ["strategy", "symbol"], time: nil,
        columns: [
            strategy, symbol, TableColumn("quantity", .quantity, "Size held; below 0 where short."),
            TableColumn("mean_price", .real, optional: true, "Mean price of what is held."),
            TableColumn("realized", .real, "Profit of what was closed, quote currency."),
            TableColumn("changed", .time, "Venue time of the last change."),
        ],
        meaning: "What each strategy holds.")

    private static let strategy = TableColumn("strategy", .text, "The strategy's name.")
}
