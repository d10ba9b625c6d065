public import Engine
public import Graph
internal import Journal
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
    /// Where questions are answered; empty for nowhere.
    public let replay: String
    /// The machine's name for others; nil where what is bound says it.
    public let host: String?
    public let lastValues: Bool
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
        replay = reader.text(
            "replay", default: "",
            meaning:
                "The ZeroMQ endpoint that gives missing updates again, `tcp://` or `ipc://`; none where it is empty")
        host = reader.optionalText(
            "host",
            meaning: "The name by which others reach this machine, told to who asks for addresses; `{shard}` in it "
                + "stands for the shard's number. What is bound is told without it")
        lastValues = reader.flag(
            "lastValues", default: true, meaning: "Whether the last value of each topic is sent to who subscribes")
        spin = reader.duration(
            "spin", default: PublishSink.standardSpin, in: .zero ... .seconds(1),
            meaning: "How long its thread looks for updates before it sleeps")
        // What holds for the stream holds for the questions about it.
        let isBeyond = !replay.isEmpty && !Endpoint.isLocal(replay)
        endpoint = EndpointSettings(
            of: isBeyond ? replay : bind, in: isBeyond && Endpoint.isLocal(bind) ? "replay" : "bind",
            everybody: "read it", reading: &reader)
    }

    /// Where the publisher of a shard binds, and answers questions; nil for nowhere.
    func own(shard: Int?) -> (bind: String, replay: String?) {
        func own(_ endpoint: String) -> String { shard.map { Endpoint.text(endpoint, shard: $0) } ?? endpoint }
        return (own(bind), replay.isEmpty ? nil : own(replay))
    }

    /// The same as others reach them.
    func announced(shard: Int?) -> (bind: String, replay: String?) {
        let own = own(shard: shard)
        guard let host else { return own }
        let name = shard.map { ShardText.text(host, shard: $0) } ?? host
        return (Endpoint.text(own.bind, on: name), own.replay.map { Endpoint.text($0, on: name) })
    }

    var holdings: [NodeFacts.Holding] {
        [NodeFacts.Holding(field: "bind", endpoint: bind)]
            + (replay.isEmpty ? [] : [NodeFacts.Holding(field: "replay", endpoint: replay)])
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
        var facts = NodeFacts.sink(keepsLossless: false, holdings: settings.holdings)
        facts.standsBesideSymbols = true
        return facts
    }

    /// Where outsiders reach such a node of one process.
    public static func address(_ settings: PublishSettings, of node: String, in part: Placement.Part) -> PublicAddress {
        let own = settings.announced(shard: part.shard)
        return PublicAddress(
            process: part.process, shard: part.shard ?? 0, node: node, bind: own.bind, replay: own.replay,
            encoding: settings.encoding.rawValue)
    }

    private var publisher: Publisher
    private var sources: [(origin: UpdateOrigin, source: Int)] = []
    private var lastHeartbeat = Timestamp(nanoseconds: 0)
    private let now: @Sendable () -> Timestamp
    private let run: RunPublishers
    private let replay: ReplayServer?
    private var logs: [DoorLog]
    private let tell: @Sendable (String) -> Void
    public let spin: Duration
    private let isAmongFriends: Bool

    /// - Parameter tell: Takes a line for the operator: who was turned away, and what is wrong with the allow-list.
    public convenience init(
        _ settings: PublishSettings, in context: SinkContext, tell: @escaping @Sendable (String) -> Void
    ) throws {
        try self.init(settings, in: context, sockets: try Context(), tell: tell)
    }

    /// - Parameter sockets: whose endpoints inside the process it may bind.
    public init(
        _ settings: PublishSettings, in context: SinkContext, sockets: Context,
        tell: @escaping @Sendable (String) -> Void
    ) throws {
        now = context.now
        spin = settings.spin
        isAmongFriends = settings.endpoint.curve != nil || Endpoint.isLocal(settings.bind)
        run = RunPublishers(chance: context.publisher, sink: context.name)
        let name = context.name
        self.tell = { tell("\(name): \($0)") }
        let curve = try settings.endpoint.curve.map { try CurveServer(secret: $0.secret, clients: $0.clients) }
        let keeper = try Doorkeeper(in: sockets)
        let rules = DoorRules(curve: curve, connectionLimit: settings.endpoint.connections)
        let door = keeper.door(name, rules)
        logs = [DoorLog(of: door)]
        let publication = Publication(encoding: settings.encoding, keepsLastValues: settings.lastValues)
        let values = publication.values
        let own = settings.own(shard: context.shard)
        publisher = try Publisher(
            publication, bind: own.bind, limits: PublishSocket.Limits(sendLimit: settings.sendLimit), in: sockets,
            door: door)
        let origins = try run.origins(of: context.inflows)
        for origin in origins {
            _ = publisher.addPublisher(origin.publisher, node: origin.node, position: origin.since)
        }
        if let endpoint = own.replay {
            let door = keeper.door("\(name)-replay", rules)
            logs.append(DoorLog(of: door))
            replay = try ReplayServer(
                ReplayServer.Plan(
                    name: name, endpoint: endpoint, encoding: settings.encoding, addresses: context.addresses,
                    now: now, origins: origins, sockets: sockets, door: door), values: values)
        } else {
            replay = nil
        }
        try begin(settings, context)
    }

    /// Waits for those who are to be there, and says where the stream begins.
    private func begin(_ settings: PublishSettings, _ context: SinkContext) throws {
        do {
            try waitForSubscribers(settings, context)
            try publisher.beat(at: now())
        } catch {
            try replay?.close {}
            throw error
        }
    }

    /// Where it publishes, and where it answers questions, with their real ports.
    public var endpoint: String { publisher.endpoint }
    public var replayEndpoint: String? {
        get throws { try replay?.endpoint }
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
        try publisher.publish(records, from: source(of: origin), at: now()) { index in
            let symbol = origin.symbol(index)
            return PublishedSymbol(subject: .symbol(symbol.symbol), sizeStep: symbol.sizeStep)
        }
    }

    private func source(of origin: UpdateOrigin) -> Int {
        // A handful: one for each node that feeds the sink.
        if let known = sources.first(where: { $0.origin === origin }) { return known.source }
        let journal = origin.journal
        let index = publisher.addPublisher(journal ?? run.id(of: origin.node), node: origin.node, position: 0)
        let source = publisher.add(origin.topics, of: index, isJournaled: journal != nil)
        sources.append((origin, source))
        return source
    }

    /// What subscribers ask for is worked off by who publishes: no lane shall do that for strangers, nor send the last
    /// values.
    public var takesVisits: Bool { isAmongFriends && !publisher.owesLastValues }

    public func flush() throws { try publisher.sendLastValues(at: now()) }

    public func beat(_ now: Timestamp) throws {
        try replay?.check()
        try publisher.sendLastValues(at: now)
        guard now < lastHeartbeat || now - lastHeartbeat >= Timestamp.second else { return }
        for log in logs.indices { for line in logs[log].lines() { tell(line) } }
        lastHeartbeat = now
        try publisher.beat(at: now)
    }

    /// A last heartbeat says where the stream has ended; again while somebody may ask for what is missing, for it may
    /// get lost too.
    public func close() throws {
        try publisher.beat(at: now())
        try replay?.close { try publisher.beat(at: now()) }
        for log in logs.indices { for line in logs[log].lastLines() { tell(line) } }
    }
}

/// Who the publishers of a run are: journals say it themselves, the others get a number of this run.
struct RunPublishers: Sendable {
    /// The run's number.
    let chance: UInt64
    let sink: String

    /// Each pair of a node and a sink has its own: without a journal each sink counts positions by itself.
    func id(of node: String) -> UInt64 {
        var hash = chance ^ 0xCBF2_9CE4_8422_2325
        // FNV-1a.
        for byte in "\(sink)/\(node)".utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return hash
    }

    /// What can be said of the nodes before they publish: behind which position they go on.
    func origins(of inflows: [SinkContext.Inflow]) throws -> [ReplayServer.Plan.Origin] {
        var nodes: [String] = []
        for inflow in inflows where !nodes.contains(inflow.node) { nodes.append(inflow.node) }
        return try nodes.map { node in
            let edges = inflows.filter { $0.node == node }
            // All edges of a node lead to one and the same journal.
            guard let journal = edges.first?.journal else {
                return ReplayServer.Plan.Origin(
                    node: node, publisher: id(of: node), edges: edges, since: 0, journal: nil)
            }
            let reader = try JournalReader(opening: journal)
            return ReplayServer.Plan.Origin(
                node: node, publisher: reader.id, edges: edges, since: reader.head, journal: journal)
        }
    }
}
