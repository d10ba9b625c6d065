public import Market

/// What an edge does where its reader is slower than its writer.
public enum Delivery: String, CaseIterable, Sendable {
    /// One value per topic is kept; holes are conflation. Of events: what finds no room is refused and counted.
    case latest
    /// Everything arrives: holes are filled again. Of events: the source waits.
    case lossless
}

/// A checked topology file: every name in it exists and every edge can run.
public struct Topology: Sendable {
    public struct Node: Sendable {
        public let name: String
        public let kind: String
        public let role: NodeRole
        /// All fields but `kind`, those of the file's defaults included, variables replaced.
        public let settings: SettingsObject
        public let facts: NodeFacts
        /// Of a source: the journal whose events come before its own.
        public let beginning: Beginning?

        /// Its kind, and before it that of its beginning.
        public var shownKind: String { beginning.map { "\($0.kind), \(kind)" } ?? kind }
    }

    /// What a source node begins with: `[ { "kind": "journal", … }, { … } ]`.
    public struct Beginning: Sendable {
        public let kind: String
        public let settings: SettingsObject
    }

    public struct Edge: Sendable {
        /// The edge's place in the file, from 0.
        public let index: Int
        public let from: String
        public let to: String
        /// Prefixes of topics, each ending in a slash; nil for all. Always nil where a source feeds.
        public let topics: [String]?
        /// Where the file is silent: lossless for a store and for the events of a source that can wait, else latest.
        public let delivery: Delivery
        /// Nil for all.
        public let symbols: SymbolSet?
    }

    /// The version of the file's format.
    public static let version = 1
    /// Nodes of one file.
    public static let nodeLimit = 256
    /// Edges of one file.
    public static let edgeLimit = 4_096
    /// Calendars of one file; each reads a zone.
    public static let calendarLimit = 64
    /// Processes of one file; each of their shards is one more.
    public static let processLimit = 64

    /// Nil where nothing outlives a run.
    public let data: DataDefinition?
    /// Nil where the run tells nobody how it is.
    public let status: StatusDefinition?
    /// In file order.
    public let nodes: [Node]
    public let edges: [Edge]
    public let instruments: InstrumentTable
    public let calendars: [CalendarDefinition]
    /// Which process runs which nodes, in file order; empty where one runs all of them.
    public let processes: [ProcessDefinition]

    /// Reads and checks a file. Variables in texts come from `environment`; the error holds every fault.
    public static func read(
        _ bytes: [UInt8], kinds: KindList, environment: [String: String]
    ) throws(TopologyError) -> Topology {
        let parsed: JSONValue
        do { parsed = try JSONParser.parse(bytes) } catch { throw TopologyError(error) }
        var checker = TopologyChecker(kinds: kinds)
        guard let topology = checker.check(parsed, environment: environment), checker.faults.isEmpty else {
            throw TopologyError(checker.faults)
        }
        return topology
    }

    /// The fields of the file's top level, for documents.
    public static var fields: [SettingField] { SettingsReader.fields(of: TopologyDraft.self) }

    public func node(_ name: String) -> Node? { nodes.first { $0.name == name } }
    public func edges(from name: String) -> [Edge] { edges.filter { $0.from == name } }
    public func edges(to name: String) -> [Edge] { edges.filter { $0.to == name } }

    /// The calendar that an instrument's `session` names, built in or the file's own; nil for a name of neither.
    ///
    /// Throws `CalendarError` only where the system's zones have changed since the check.
    public func calendar(named name: String) throws(CalendarError) -> (any SessionCalendar)? {
        if let builtIn = Calendars.named(name) { return builtIn }
        return try calendars.first { $0.name == name }?.calendar()
    }

    /// What an edge of a symbols node passes on: published topics that one of its prefixes begins, or all. A prefix
    /// may also go on into a symbol, `candle/1m/IBM/`.
    public func topics(on edge: Edge) -> [String] {
        guard let node = node(edge.from) else { return [] }
        return TopicPrefix.topics(of: node.facts, for: edge.topics)
    }

    /// What a symbols node publishes in this file: its own topics, and those on request that some edge names.
    public func topics(of name: String) -> [String] {
        guard let node = node(name) else { return [] }
        let asked = edges(from: name).compactMap(\.topics).joined()
        let requested = node.facts.topicsOnRequest.filter { topic in asked.contains { TopicPrefix.meet($0, topic) } }
        return node.facts.topics + requested
    }
}

/// How an edge's prefixes and a node's topics meet.
enum TopicPrefix {
    /// Whether the prefix begins the topic, or goes on behind it into a symbol.
    static func meet(_ prefix: String, _ topic: String) -> Bool { topic.hasPrefix(prefix) || prefix.hasPrefix(topic) }

    static func topics(of facts: NodeFacts, for prefixes: [String]?) -> [String] {
        guard let prefixes else { return facts.topics }
        return (facts.topics + facts.topicsOnRequest).filter { topic in prefixes.contains { meet($0, topic) } }
    }
}
