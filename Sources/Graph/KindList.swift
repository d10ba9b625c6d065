/// What a node does in the flow: sources feed symbols nodes, symbols nodes feed sinks.
public enum NodeRole: String, CaseIterable, Sendable {
    case source, symbols, sink

    var noun: String {
        switch self {
        case .source: "a source"
        case .symbols: "a symbols node"
        case .sink: "a sink"
        }
    }
}

/// What the check of a topology must know of a node beside its edges; its kind tells it from its settings.
public struct NodeFacts: Hashable, Sendable {
    /// Something that only one node may hold, such as an address or a file.
    public struct Holding: Hashable, Sendable {
        /// The settings field that says it, for the fault's path.
        public let field: String
        /// `tcp://127.0.0.1:5556`, `file:/var/lib/trades.db`; never shown, it may come from the environment.
        public let endpoint: String

        public init(field: String, endpoint: String) {
            self.field = field
            self.endpoint = endpoint
        }
    }

    /// Of a source: the symbols that it may bring, after its own renames. Of a symbols node: those that it takes.
    public var symbols: SymbolSet
    /// Of a symbols node: what it publishes, `candle/1m/`, each ending in a slash.
    public var topics: [String]
    /// Of a symbols node: what it publishes only if an edge names it, `trade/`.
    public var topicsOnRequest: [String]
    /// Of a source: whether it can stand still while the graph catches up, as a replay can and a live feed cannot.
    public var canWait: Bool
    /// Of a sink: whether it notices holes and asks for what it missed.
    public var keepsLossless: Bool
    /// Of a sink: whether it reads a journal of updates at its own pace, and goes on behind what it holds.
    public var readsJournal = false
    /// Of a sink: whether it stands in the process of the symbols nodes that feed it, one in every process.
    public var standsBesideSymbols = false
    /// Of a source: whether it only serves the others, as one that takes changes of settings.
    public var isAttendant = false
    /// Of a symbols node: how its symbols are spread over processes.
    public var shards = ShardPlan.whole
    public var holdings: [Holding]
    /// Of a source: whether it replays a journal, which another source may go on from.
    public var replaysJournal = false

    public init(
        symbols: SymbolSet, topics: [String], topicsOnRequest: [String], canWait: Bool, keepsLossless: Bool,
        holdings: [Holding]
    ) {
        precondition(
            (topics + topicsOnRequest).allSatisfy { $0.hasSuffix("/") }, "A topic's prefix must end in a slash.")
        self.symbols = symbols
        self.topics = topics
        self.topicsOnRequest = topicsOnRequest
        self.canWait = canWait
        self.keepsLossless = keepsLossless
        self.holdings = holdings
    }

    public static func source(symbols: SymbolSet, canWait: Bool) -> NodeFacts {
        NodeFacts(
            symbols: symbols, topics: [], topicsOnRequest: [], canWait: canWait, keepsLossless: false, holdings: [])
    }

    /// A source that replays a journal.
    public static func journal(symbols: SymbolSet) -> NodeFacts {
        var facts = NodeFacts.source(symbols: symbols, canWait: true)
        facts.replaysJournal = true
        return facts
    }

    public static func symbols(taking symbols: SymbolSet, topics: [String], onRequest: [String]) -> NodeFacts {
        NodeFacts(
            symbols: symbols, topics: topics, topicsOnRequest: onRequest, canWait: false, keepsLossless: false,
            holdings: [])
    }

    /// A source that takes what others shall do from outside.
    public static func attendant(holdings: [Holding]) -> NodeFacts {
        var facts = NodeFacts(
            symbols: .none, topics: [], topicsOnRequest: [], canWait: true, keepsLossless: false, holdings: holdings)
        facts.isAttendant = true
        return facts
    }

    public static func sink(keepsLossless: Bool, holdings: [Holding]) -> NodeFacts {
        NodeFacts(
            symbols: .none, topics: [], topicsOnRequest: [], canWait: false, keepsLossless: keepsLossless,
            holdings: holdings)
    }

    /// A sink that stores what a journal keeps for it.
    public static func store(holdings: [Holding]) -> NodeFacts {
        var facts = NodeFacts.sink(keepsLossless: true, holdings: holdings)
        facts.readsJournal = true
        return facts
    }
}

/// A node kind as the topology file may name it.
public struct NodeKind: Sendable {
    public let name: String
    public let role: NodeRole
    /// One sentence for `millrace kinds`.
    public let meaning: String
    /// A node of the kind as a topology may have it: valid JSON. Nil where the kind's name alone is a good one.
    private let writtenExample: String?
    /// Reads a node's settings (all fields but `kind`) for their faults and for what the graph must know.
    public let read: @Sendable (inout SettingsReader) -> NodeFacts

    public init(
        name: String, role: NodeRole, meaning: String, example: String? = nil,
        read: @escaping @Sendable (inout SettingsReader) -> NodeFacts
    ) {
        self.name = name
        self.role = role
        self.meaning = meaning
        writtenExample = example
        self.read = read
    }

    /// A node of the kind as a topology may have it.
    public var example: String { writtenExample ?? "{ \"kind\": \"\(name)\" }" }

    /// The kind's settings, for documents.
    public var fields: [SettingField] {
        var reader = SettingsReader.listing()
        _ = read(&reader)
        return reader.fields
    }
}

/// All node kinds that a topology may use: a list that one can read, made in one place and passed down.
public struct KindList: Sendable {
    public let kinds: [NodeKind]

    public init(_ kinds: [NodeKind]) {
        precondition(Set(kinds.map(\.name)).count == kinds.count, "A node kind must have a name of its own.")
        self.kinds = kinds
    }

    public subscript(name: String) -> NodeKind? { kinds.first { $0.name == name } }
}
