/// A topic of a node without its symbol: `candle/1m/`, and what lies on it.
public struct TopicEntry: Sendable, Equatable {
    /// Kind and variants, ending in a slash.
    public let prefix: String
    public let layout: UpdateLayout

    public init(prefix: String, layout: UpdateLayout) {
        precondition(prefix.hasSuffix("/"), "A topic's prefix must end in a slash.")
        self.prefix = prefix
        self.layout = layout
    }
}

/// The topics of one node; an update names its topic by slot, its place in this list.
public struct TopicTable: Sendable {
    /// A node may have at most this many topics, symbols not counted.
    public static let limit = 256
    public let entries: [TopicEntry]

    public init(_ entries: [TopicEntry]) {
        precondition(entries.count <= TopicTable.limit, "A node must keep to its limit of topics.")
        self.entries = entries
    }
}
