public import Graph
public import Market

/// A source as the run starts it.
public struct SourcePart: Sendable {
    public let name: String
    public let source: any Source
    /// The symbols node that it feeds.
    public let flow: String
    public let symbols: FeedSymbols
    public let overflow: RouterOverflow

    public init(
        name: String, source: any Source, flow: String, symbols: FeedSymbols, overflow: RouterOverflow
    ) {
        self.name = name
        self.source = source
        self.flow = flow
        self.symbols = symbols
        self.overflow = overflow
    }
}

/// A source of another process, whose journal a symbols node here reads.
public struct FollowedPart: Sendable {
    public let name: String
    public let journal: DistantJournal
    public let flow: String
    /// What of its symbols is wanted here.
    public let symbols: FeedSymbols

    public init(name: String, journal: DistantJournal, flow: String, symbols: FeedSymbols) {
        self.name = name
        self.journal = journal
        self.flow = flow
        self.symbols = symbols
    }
}

/// A symbols node as the run starts it, or one shard of it.
public struct FlowPart: Sendable {
    public let name: String
    public let settings: FlowSettings
    /// The instrument of any symbol that a source may name.
    public let instrument: @Sendable (Symbol) -> Instrument
    /// Which part of the node's symbols this process has; nil where it has all.
    public var shard: Int?
    /// Whether the node runs in another process: its sources here only write journals, which that one reads.
    public var isElsewhere = false

    public init(name: String, settings: FlowSettings, instrument: @escaping @Sendable (Symbol) -> Instrument) {
        self.name = name
        self.settings = settings
        self.instrument = instrument
    }

    /// The name of its journal and of its folder of snapshots.
    var partName: String { UpdateOrigin.name(name, shard: shard) }
}

/// A sink as the run starts it.
public struct SinkPart: Sendable {
    /// One edge into the sink.
    public struct Inflow: Sendable {
        public let flow: String
        /// Topic prefixes; empty stands for all.
        public let topics: [String]
        public let overflow: LinkOverflow
        /// The symbols that pass; nil for all.
        public var symbols: SymbolSet?
        /// Where the node's journals are found, one of each shard; empty where it runs in this process.
        public var journals: [(shard: Int?, journal: DistantJournal)] = []

        public init(flow: String, topics: [String], overflow: LinkOverflow) {
            self.flow = flow
            self.topics = topics
            self.overflow = overflow
        }
    }

    public let name: String
    public let inflows: [Inflow]
    /// Whether it reads the journal of updates at its own pace, where there is one.
    public let isTrailing: Bool
    /// Whether it reads what shards have left that are no more: it stores, whatever the order.
    public var readsLeftParts = false
    /// Opens the sink on its own thread; it must answer before any source starts.
    public let open: @Sendable () throws -> any Sink

    public init(
        name: String, inflows: [Inflow], isTrailing: Bool, open: @escaping @Sendable () throws -> any Sink
    ) {
        self.name = name
        self.inflows = inflows
        self.isTrailing = isTrailing
        self.open = open
    }
}

/// What a run reads of other processes and lets them read.
public struct Company: Sendable {
    /// One journal of this process that others read: a source's, or that of a symbols node with its shard.
    public struct Offer: Sendable {
        public let node: String
        public let isSource: Bool
        public let readers: [(name: String, wants: @Sendable (String) -> Bool)]

        public init(node: String, isSource: Bool, readers: [(name: String, wants: @Sendable (String) -> Bool)]) {
            self.node = node
            self.isSource = isSource
            self.readers = readers
        }
    }

    public let network: any JournalNetwork
    public let followed: [FollowedPart]
    public let offers: [Offer]

    public init(network: any JournalNetwork, followed: [FollowedPart], offers: [Offer]) {
        self.network = network
        self.followed = followed
        self.offers = offers
    }
}
