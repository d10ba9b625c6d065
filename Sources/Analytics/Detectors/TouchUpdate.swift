public import Updates

/// A trade that met a level of an earlier or the developing profile, as it goes out.
public struct TouchUpdate: UpdateBody {
    public var price: Int64
    public var level: Int64
    public var rowHeight: Int64
    public var age: Int64
    public var date: Int64
    public var first: Int64
    public var last: Int64
    public var prints: Int64
    public var marks: UInt32
    public var node: UInt8
    public var approach: UInt8
    public var side: UInt8
    public var through: UInt8

    public static let layout = UpdateLayout(
        template: 41, kind: "touch", size: MemoryLayout<Self>.size,
        fields: [
            UpdateField("price", .price, \Self.price, "Price of the trade that met the level."),
            UpdateField("level", .price, \Self.level, "The level: its row's lower edge."),
            UpdateField("rowHeight", .price, \Self.rowHeight, "Height of the level's row."),
            UpdateField("age", .count, \Self.age, "Sessions since the level was made; 0 for the one that runs."),
            UpdateField("date", .count, \Self.date, "The session in which it is met, as 20241129."),
            UpdateField(
                "first", .count, \Self.first, "Number of the trade before, whence the price came; its own for none."),
            UpdateField("last", .count, \Self.last, "Number of the trade that met the level."),
            UpdateField("prints", .count, \Self.prints, "Trades from the first to the last: 2, or 1."),
            UpdateField("marks", .marks(TradeTail.markNames), \Self.marks, "Marks of the trade."),
            UpdateField(
                "nodeKind", .choice(TouchNode.names), \Self.node, "A low-volume row, or a naked point of control."),
            UpdateField(
                "approach", .choice(TouchApproach.names), \Self.approach, "Whence the price came, where it is known."),
            UpdateField("side", .choice(TradeTail.sideNames), \Self.side, "The aggressor of the trade."),
            UpdateField(
                "through", .flag, \Self.through, "1 where the price jumped over the level, no trade in it."),
        ],
        meaning: "A trade that met a low-volume node or a naked point of control (definitions §6).")
}

/// What a trade met.
public enum TouchNode: UInt8, CaseIterable, BitwiseCopyable, Sendable {
    case lowNode, nakedControl

    public static let names = TouchNode.allCases.map { "\($0)" }
}

/// Whence the price came to a level.
public enum TouchApproach: UInt8, CaseIterable, BitwiseCopyable, Sendable {
    /// The session's first trade met it.
    case none
    case fromBelow, fromAbove

    public static let names = TouchApproach.allCases.map { "\($0)" }
}
