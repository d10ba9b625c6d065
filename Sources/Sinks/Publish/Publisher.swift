public import Market
internal import Memory
public import Updates
public import ZeroMQ

/// Publishes a graph's updates on one ZeroMQ endpoint: a `Publication` and its socket.
///
/// It knows no delivery. A subscriber that is too slow, or comes later, misses updates and sees that by their numbers.
public struct Publisher: ~Copyable, Sendable {
    /// Changes of subscriptions noted in one call, so that a subscriber that keeps changing cannot hold the lane.
    private static let changeLimit = 1_024

    private var socket: PublishSocket
    private var publication: Publication
    /// The endpoint with its real port.
    public let endpoint: String
    /// Prefixes that subscribers ask for now, each counted once per subscriber.
    public private(set) var subscriptions = 0
    private let values: LastValues?
    private var rounds = LastValueRounds()

    /// Opens the endpoint; throws when it is taken or no endpoint at all.
    ///
    /// - Parameter door: Who stands before the endpoint; nil where only this program connects.
    public init(
        _ publication: consuming Publication, bind endpoint: String, limits: PublishSocket.Limits, in context: Context,
        door: Door? = nil
    ) throws(ZeroMQError) {
        let socket = try PublishSocket(in: context, limits: limits, door: door)
        self.endpoint = try socket.bind(to: endpoint)
        self.socket = socket
        values = publication.values
        self.publication = publication
    }

    public var counts: PublicationCounts { publication.counts }

    /// Adds a publisher; see `Publication.addPublisher`.
    public mutating func addPublisher(_ id: UInt64, node: String, position: UInt64) -> Int {
        publication.addPublisher(id, node: node, position: position)
    }

    /// Adds the topics of a publisher whose records will come; returns the source that names it.
    public mutating func add(_ table: TopicTable, of publisher: Int, isJournaled: Bool) -> Int {
        publication.add(table, of: publisher, isJournaled: isJournaled)
    }

    /// Publishes every update of a run of records; see `Publication.publish`.
    public mutating func publish(
        _ records: RawSpan, from source: Int, at time: Timestamp, symbols: (UInt32) -> PublishedSymbol
    ) throws(ZeroMQError) {
        try noteSubscriptions()
        try publication.publish(records, from: source, at: time, symbols: symbols) {
            (topic, payload) throws(ZeroMQError) in
            try socket.send(topic: topic, payload: payload)
        }
    }

    /// Publishes a heartbeat; due each second.
    public mutating func beat(at time: Timestamp) throws(ZeroMQError) {
        try noteSubscriptions()
        try publication.beat(at: time, subscriptions: subscriptions) { (topic, payload) throws(ZeroMQError) in
            try socket.send(topic: topic, payload: payload)
        }
    }

    /// Brings `subscriptions` up to date.
    public mutating func noteSubscriptions() throws(ZeroMQError) {
        for _ in 0..<Publisher.changeLimit {
            guard let change = try socket.nextSubscriptionChange() else { return }
            switch change {
            case .subscribed(let prefix):
                subscriptions += 1
                if values != nil { rounds.subscribe(to: prefix) }
            case .unsubscribed: subscriptions = max(subscriptions - 1, 0)
            }
        }
    }

    /// Whether somebody who has subscribed still lacks last values.
    public var owesLastValues: Bool { !rounds.isAtRest }

    /// Sends some of what those who have just subscribed still lack: the last value of each of their topics.
    public mutating func sendLastValues(at time: Timestamp) throws(ZeroMQError) {
        guard let values else { return }
        try noteSubscriptions()
        try rounds.step(values, at: time) { (topic, payload) throws(ZeroMQError) in
            try topic.withRawSpan { (name) throws(ZeroMQError) in
                try payload.withRawSpan { (bytes) throws(ZeroMQError) in try socket.send(topic: name, payload: bytes) }
            }
        }
    }
}
