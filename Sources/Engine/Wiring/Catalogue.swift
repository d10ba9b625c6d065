public import Graph
public import Market

/// What a source is opened with beside its settings.
public struct SourceContext: Sendable {
    public let name: String

    public init(name: String) { self.name = name }
}

/// What a sink is opened with beside its settings.
public struct SinkContext: Sendable {
    /// An edge into the sink; one symbols node may have several.
    public struct Inflow: Sendable {
        public let node: String
        /// Topic prefixes of the edge; empty stands for all.
        public let topics: [String]
        /// The symbols that pass; nil for all.
        public let symbols: SymbolSet?
        /// Where the journal of the node's updates lies; nil where there is none in this process.
        public let journal: String?

        public init(node: String, topics: [String], symbols: SymbolSet?, journal: String?) {
            self.node = node
            self.topics = topics
            self.symbols = symbols
            self.journal = journal
        }

        /// Whether the edge carries a full topic of a symbol, as its `LinkFilter` decides.
        public func carries(_ topic: String, of symbol: String) -> Bool {
            (symbols?.contains(symbol) ?? true)
                && (topics.isEmpty || topics.contains { topic.utf8.starts(with: $0.utf8) })
        }
    }

    public let name: String
    /// Which of several processes with the same nodes this is; nil where there is one.
    public var shard: Int?
    /// Told to subscribers, new at every start; 64 bits of chance.
    public let publisher: UInt64
    public var inflows: [Inflow] = []
    /// Where the topology's public endpoints are, those of other processes too.
    public var addresses: [PublicAddress] = []
    public let now: @Sendable () -> Timestamp
    /// Whether the run is to end: a sink that waits for somebody while it opens stops waiting.
    public let isStopping: @Sendable () -> Bool

    public init(
        name: String, publisher: UInt64, now: @escaping @Sendable () -> Timestamp,
        isStopping: @escaping @Sendable () -> Bool
    ) {
        self.name = name
        self.publisher = publisher
        self.now = now
        self.isStopping = isStopping
    }
}

/// Where outsiders reach a node of the topology.
public struct PublicAddress: Hashable, Sendable {
    public let process: String
    public let shard: Int
    public let node: String
    /// The endpoint of the stream, and the one that answers questions about it; nil where it answers none.
    public let bind: String
    public let replay: String?
    public let encoding: String

    public init(process: String, shard: Int, node: String, bind: String, replay: String?, encoding: String) {
        self.process = process
        self.shard = shard
        self.node = node
        self.bind = bind
        self.replay = replay
        self.encoding = encoding
    }
}

/// A kind of source: what a topology may say of it, and how it is opened.
public struct SourceKind: Sendable {
    public let kind: NodeKind
    public let open: @Sendable (SettingsObject, SourceContext) throws -> any Source
    /// Which of the feed's symbols it passes on, and under what name.
    public let symbols: @Sendable (SettingsObject) -> FeedSymbols

    public init(
        kind: NodeKind, symbols: @escaping @Sendable (SettingsObject) -> FeedSymbols,
        open: @escaping @Sendable (SettingsObject, SourceContext) throws -> any Source
    ) {
        self.kind = kind
        self.symbols = symbols
        self.open = open
    }
}

/// A kind of sink: what a topology may say of it, and how it is opened.
public struct SinkKind: Sendable {
    public let kind: NodeKind
    public let open: @Sendable (SettingsObject, SinkContext) throws -> any Sink
    /// Where outsiders reach such a node of a process; nil for one that they do not reach.
    public let address: @Sendable (SettingsObject, _ node: String, Placement.Part) -> PublicAddress?

    public init(kind: NodeKind, open: @escaping @Sendable (SettingsObject, SinkContext) throws -> any Sink) {
        self.init(kind: kind, address: { _, _, _ in nil }, open: open)
    }

    public init(
        kind: NodeKind, address: @escaping @Sendable (SettingsObject, _ node: String, Placement.Part) -> PublicAddress?,
        open: @escaping @Sendable (SettingsObject, SinkContext) throws -> any Sink
    ) {
        self.kind = kind
        self.address = address
        self.open = open
    }
}

/// Every kind of node that this program can run: one list, made in one place, read from top to bottom.
public struct Catalogue: Sendable {
    public let sources: [SourceKind]
    public let sinks: [SinkKind]

    public init(sources: [SourceKind], sinks: [SinkKind]) {
        self.sources = sources
        self.sinks = sinks
    }

    public var kinds: KindList { KindList(sources.map(\.kind) + [FlowSettings.kind] + sinks.map(\.kind)) }
}
