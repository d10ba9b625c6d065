public import Market
public import Updates

/// Where an update comes from: what its slot and its symbol's index mean.
public final class UpdateOrigin: Sendable {
    /// The symbols node's name.
    public let node: String
    /// Which part of the node's symbols come from here; nil where all do.
    public let shard: Int?
    public let topics: TopicTable
    private let known: @Sendable () -> UInt64?
    private let symbols: @Sendable (UInt32) -> (symbol: Symbol, sizeStep: Int64)

    /// - Parameters:
    ///   - journal: tells the id of the journal that gave the records their places (`JournaledRecord`). It must know it
    ///     before the first record comes, and not earlier; nil where no journal stands in between.
    ///   - symbols: tells a symbol and its size step in billionths by the index in a record head.
    public init(
        node: String, shard: Int? = nil, topics: TopicTable, journal: @escaping @Sendable () -> UInt64? = { nil },
        symbols: @escaping @Sendable (UInt32) -> (symbol: Symbol, sizeStep: Int64)
    ) {
        self.node = node
        self.shard = shard
        self.topics = topics
        known = journal
        self.symbols = symbols
    }

    /// The node with its shard, `flow.2`: its own topic table and its own place in a store belong to this name.
    public var name: String { UpdateOrigin.name(node, shard: shard) }

    public static func name(_ node: String, shard: Int?) -> String { node + (shard.map { ".\($0)" } ?? "") }
    /// The journal whose places the records carry; nil where they carry none.
    public var journal: UInt64? { known() }

    /// A symbol of the node and its size step in billionths, by the index in a record head.
    public func symbol(_ index: UInt32) -> (symbol: Symbol, sizeStep: Int64) { symbols(index) }
}

/// The end of the one-way road: a store, a page, an endpoint.
///
/// Its calls come one after the other, from a thread that the sink has to itself, so it may block; its links say what
/// happens meanwhile. One that takes visits gets `receive` and `flush` from other threads too, never two calls at once.
public protocol Sink: AnyObject {
    /// How long its thread looks for more before it sleeps.
    var spin: Duration { get }
    /// Whether a lane may now give it what it has made, while the sink's own thread sleeps: never where it may wait, or
    /// is not done with an update within some microseconds.
    var takesVisits: Bool { get }
    /// A run of updates in order, as an outbox holds them, lent for the call: `RecordReader` walks it.
    func receive(_ records: RawSpan, from origin: UpdateOrigin) throws
    /// The updates that waited have all been received.
    func flush() throws
    /// Comes about every 100 ms, with the wall clock.
    func beat(_ now: Timestamp) throws
    /// Nothing more will come.
    func close() throws
}

extension Sink {
    /// None: on two cores a sink that looks for news keeps its lane, or those whom it sent something, from a core.
    public static var standardSpin: Duration { .zero }
    public var spin: Duration { Self.standardSpin }
    public var takesVisits: Bool { false }
}
