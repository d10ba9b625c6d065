public import Graph
public import Market

/// What a source is opened with beside its settings.
public struct SourceContext: Sendable {
    public let name: String

    public init(name: String) { self.name = name }
}

/// What a sink is opened with beside its settings.
public struct SinkContext: Sendable {
    public let name: String
    /// Which of several processes with the same nodes this is; nil where there is one.
    public var shard: Int?
    /// Told to subscribers, new at every start; 64 bits of chance.
    public let publisher: UInt64
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

    public init(kind: NodeKind, open: @escaping @Sendable (SettingsObject, SinkContext) throws -> any Sink) {
        self.kind = kind
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
