public import Engine
public import Graph
public import Market
internal import Rings
internal import Wire
public import ZeroMQ

/// What a topology says of a public endpoint.
public struct PublishSettings: NodeSettings {
    /// Ten minutes: whoever waits longer for a subscriber has another fault.
    private static let patience: ClosedRange<Duration> = .zero ... .seconds(600)

    public let bind: String
    public let encoding: MessageEncoding
    public let sendLimit: Int
    public let subscribers: Int
    public let patience: Duration
    public let spin: Duration
    public let endpoint: EndpointSettings

    public init(reading reader: inout SettingsReader) {
        bind = reader.text(
            "bind", default: "tcp://127.0.0.1:5556", meaning: "The ZeroMQ endpoint, `tcp://` or `ipc://`")
        encoding = reader.choice("encoding", default: MessageEncoding.json, meaning: "How messages are written")
        sendLimit = reader.integer(
            "sendLimit", default: 65_536, in: 1...100_000_000,
            meaning: "Messages queued for one subscriber; beyond it that subscriber loses the newest")
        subscribers = reader.integer(
            "subscribers", default: 0, in: 0...10_000, meaning: "Subscriptions that must be there before sources start")
        patience = reader.duration(
            "patience", default: .seconds(60), in: PublishSettings.patience,
            meaning: "How long to wait for those subscriptions")
        spin = reader.duration(
            "spin", default: PublishSink.standardSpin, in: .zero ... .seconds(1),
            meaning: "How long its thread looks for updates before it sleeps")
        endpoint = EndpointSettings(of: bind, in: "bind", everybody: "read it", reading: &reader)
    }
}

/// Not as many subscribers came as the topology wants before sources start.
public struct SubscribersMissing: Error, CustomStringConvertible {
    let endpoint: String
    let wanted: Int
    let came: Int

    public var description: String { "\(endpoint): \(came) of \(wanted) subscriptions came in time" }
}

/// A ZeroMQ endpoint to subscribe to: by anybody on this machine, or by whoever has a listed key.
public final class PublishSink: Sink {
    public static let kind = NodeKind(
        name: "publish", role: .sink, meaning: "A ZeroMQ endpoint: two frames a message, topic and payload",
        example: #"{ "kind": "publish", "bind": "tcp://127.0.0.1:5556", "encoding": "json" }"#
    ) { reader in
        let settings = PublishSettings(reading: &reader)
        var facts = NodeFacts.sink(
            keepsLossless: false, holdings: [NodeFacts.Holding(field: "bind", endpoint: settings.bind)])
        facts.standsBesideSymbols = true
        return facts
    }

    private var publisher: Publisher
    private var sources: [String: Int] = [:]
    private var lastHeartbeat = Timestamp(nanoseconds: 0)
    private let now: @Sendable () -> Timestamp
    private var log: DoorLog
    private let tell: @Sendable (String) -> Void

    /// - Parameter tell: Takes a line for the operator: who was turned away, and what is wrong with the allow-list.
    public init(
        _ settings: PublishSettings, in context: SinkContext, tell: @escaping @Sendable (String) -> Void
    ) throws {
        let publication = Publication(encoding: settings.encoding, publisher: context.publisher, node: context.name)
        let sockets = try Context()
        let curve = try settings.endpoint.curve.map { try CurveServer(secret: $0.secret, clients: $0.clients) }
        let door = try Doorkeeper(in: sockets).door(
            context.name, DoorRules(curve: curve, connectionLimit: settings.endpoint.connections))
        publisher = try Publisher(
            publication, bind: context.shard.map { Endpoint.text(settings.bind, shard: $0) } ?? settings.bind,
            limits: PublishSocket.Limits(sendLimit: settings.sendLimit),
            in: sockets)
        now = context.now
        spin = settings.spin
        try waitForSubscribers(settings, context)
    }

    private func waitForSubscribers(_ settings: PublishSettings, _ context: SinkContext) throws {
        guard settings.subscribers > 0 else { return }
        let deadline = now() + DurationText.nanoseconds(settings.patience)
        var looks = 0
        while publisher.subscriptions < settings.subscribers, !context.isStopping() {
            guard now() < deadline else {
                throw SubscribersMissing(
                    endpoint: settings.bind, wanted: settings.subscribers, came: publisher.subscriptions)
            }
            looks += 1
            Seat.wait(looks)
            try publisher.noteSubscriptions()
        }
    }

    public func receive(_ records: RawSpan, from origin: UpdateOrigin) throws {
        let source: Int
        if let known = sources[origin.node] {
            source = known
        } else {
            source = publisher.add(origin.topics)
            sources[origin.node] = source
        }
        try publisher.publish(records, from: source, at: now()) { index in
            let symbol = origin.symbol(index)
            return PublishedSymbol(subject: .symbol(symbol.symbol), sizeStep: symbol.sizeStep)
        }
    }

    public func flush() {}

    public func beat(_ now: Timestamp) throws {
        guard now - lastHeartbeat >= Timestamp.second else { return }
        for line in log.lines() { tell(line) }
        lastHeartbeat = now
        try publisher.beat(at: now)
    }

    /// A last heartbeat says where the stream has ended.
    public func close() throws {
        try publisher.beat(at: now())
        for line in log.lastLines() { tell(line) }
    }
}
