public import Market
public import Updates

/// Where an update comes from: what its slot and its symbol's index mean.
public final class UpdateOrigin: Sendable {
    /// The symbols node's name.
    public let node: String
    public let topics: TopicTable
    private let symbols: @Sendable (UInt32) -> (symbol: Symbol, sizeStep: Int64)

    /// - Parameter symbols: tells a symbol and its size step in billionths by the index in a record head.
    public init(
        node: String, topics: TopicTable, symbols: @escaping @Sendable (UInt32) -> (symbol: Symbol, sizeStep: Int64)
    ) {
        self.node = node
        self.topics = topics
        self.symbols = symbols
    }

    /// A symbol of the node and its size step in billionths, by the index in a record head.
    public func symbol(_ index: UInt32) -> (symbol: Symbol, sizeStep: Int64) { symbols(index) }
}

/// The end of the one-way road: a store, a page, an endpoint.
///
/// All calls come from one thread that the sink has to itself, so it may block; its links say what happens meanwhile.
public protocol Sink: AnyObject {
    /// How long its thread looks for more before it sleeps.
    var spin: Duration { get }
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
}
