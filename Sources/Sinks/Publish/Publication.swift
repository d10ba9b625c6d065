public import Market
internal import Memory
public import Updates
public import Wire

/// Whom a record speaks of, and how its quantities count.
public struct PublishedSymbol: Sendable {
    public let subject: Subject
    /// Billionths of a unit in one step of quantity.
    public let sizeStep: Int64

    public init(subject: Subject, sizeStep: Int64) {
        self.subject = subject
        self.sizeStep = sizeStep
    }
}

/// How messages are written.
public enum MessageEncoding: String, CaseIterable, Sendable { case json, binary }

/// What a publisher has done since its start.
public struct PublicationCounts: Equatable, Sendable {
    public var updates: UInt64 = 0
    public var messages: UInt64 = 0
    /// Bytes of both frames.
    public var bytes: UInt64 = 0
    /// Updates that were not as long as their layout says.
    public var refused: UInt64 = 0
    /// Updates on topics beyond the topic limit.
    public var beyondLimit: UInt64 = 0

    public init() {}
}

/// Turns records into messages of two frames: names their topics, gathers them, gives positions. Pure: it sends through
/// a closure.
///
/// A binary message holds consecutive updates of one topic, gathered from the whole run of records it is given, so that
/// the updates of a message have neighbouring positions. A JSON message is one update.
public struct Publication: ~Copyable, Sendable {
    /// Records gathered at once; a longer run is published in slices of this many.
    public static let gatherLimit = 4_096
    /// Topics kept at most, when nothing else is said.
    public static let topicLimit = 1 << 20

    public let encoding: MessageEncoding
    /// The run's random number, which stands in every message.
    public let publisher: UInt64
    public private(set) var counts = PublicationCounts()
    /// The position of the last update published; 0 before the first.
    public private(set) var position: UInt64 = 0

    private var places: TopicPlaces
    private var topics: [Channel] = []
    /// The encoders of each source's slots.
    private var encoders: [[Encoder]] = []
    private var gathered: [Gathered] = []
    /// The topics of `gathered`, in the order of their first update.
    private var touched: [Int] = []
    private var payload = ByteBuffer(capacity: 2 * WireFormat.batchLimit)
    private var heartbeat: HeartbeatChannel

    /// One topic.
    private struct Channel: Sendable {
        let name: [UInt8]
        let symbol: PublishedSymbol
        let source: Int
        let slot: Int
        /// The first and the last of its gathered updates; -1 is none.
        var first = -1
        var last = -1
    }

    private struct Encoder: Sendable {
        let json: JSONEncoding
        let binary: BinaryEncoding
    }

    /// One update of the run: where it stands, and the next one of its topic (-1 is none).
    private struct Gathered: BitwiseCopyable {
        let topic: Int
        let start: Int
        let end: Int
        var next = -1
    }

    /// - Parameter node: The name of this node, which its heartbeat's topic carries.
    public init(
        encoding: MessageEncoding, publisher: UInt64, node: String, topicLimit: Int = Publication.topicLimit
    ) {
        self.encoding = encoding
        self.publisher = publisher
        places = TopicPlaces(limit: topicLimit)
        heartbeat = HeartbeatChannel(node: node)
    }

    /// Adds the topics of a node whose records will come; returns the source that names it.
    public mutating func add(_ table: TopicTable) -> Int {
        encoders.append(table.entries.map { Encoder(json: JSONEncoding($0.layout), binary: BinaryEncoding($0.layout)) })
        return places.add(table)
    }

    /// Publishes every update of a run of records, as an outbox or a link holds them. Nothing is kept for later.
    ///
    /// - Parameters:
    ///   - source: What `add` returned for the node that wrote the records.
    ///   - symbols: The symbol of an index; asked once for each topic.
    ///   - send: Takes each message; its bytes are lent for the call.
    public mutating func publish<Failure: Error>(
        _ records: RawSpan, from source: Int, at time: Timestamp, symbols: (UInt32) -> PublishedSymbol,
        send: (_ topic: RawSpan, _ payload: RawSpan) throws(Failure) -> Void
    ) throws(Failure) {
        var start = 0
        while start < records.byteCount {
            start = gather(records, from: start, of: source, symbols: symbols)
            defer { forgetGathered() }
            switch encoding {
            case .json: try sendSingly(records, at: time, send: send)
            case .binary: try sendTogether(records, at: time, send: send)
            }
        }
    }

    /// Publishes a heartbeat; due each second.
    public mutating func beat<Failure: Error>(
        at time: Timestamp, subscriptions: Int, send: (_ topic: RawSpan, _ payload: RawSpan) throws(Failure) -> Void
    ) throws(Failure) {
        payload.removeAll()
        let body = Heartbeat(
            headPosition: Int64(position), updates: Int64(counts.updates), messages: Int64(counts.messages),
            byteCount: Int64(counts.bytes), subscriptions: Int64(subscriptions))
        let head = MessageHead(
            publishTime: time, position: position, publisher: publisher, firstNumber: heartbeat.number + 1, sizeStep: 1)
        heartbeat.write(body, head: head, as: encoding, into: &payload)
        try self.send(topic: heartbeat.topic, updates: 0, send)
    }

    // MARK: Sending

    /// One JSON message for each update, in the order of the records.
    private mutating func sendSingly<Failure: Error>(
        _ records: RawSpan, at time: Timestamp, send: (RawSpan, RawSpan) throws(Failure) -> Void
    ) throws(Failure) {
        for update in gathered {
            let channel = topics[update.topic]
            let bytes = records.extracting(update.start..<update.end)
            payload.removeAll()
            do throws(WireError) {
                try encoders[channel.source][channel.slot].json.encode(
                    bytes, of: channel.symbol.subject, head: head(of: bytes, channel, at: time), into: &payload)
            } catch {
                counts.refused += 1
                continue
            }
            try self.send(topic: channel.name, updates: 1, send)
        }
    }

    /// Binary messages, topic by topic, each as full as its limits and the numbers allow.
    private mutating func sendTogether<Failure: Error>(
        _ records: RawSpan, at time: Timestamp, send: (RawSpan, RawSpan) throws(Failure) -> Void
    ) throws(Failure) {
        for topic in touched {
            let channel = topics[topic]
            let encoding = encoders[channel.source][channel.slot].binary
            var index = channel.first
            while index >= 0 {
                let count = fill(records, from: &index, encoding, channel, at: time)
                if count > 0 { try self.send(topic: channel.name, updates: count, send) }
            }
        }
    }

    /// Writes one message with the updates from `index` on, and moves `index` behind them; returns how many they are.
    private mutating func fill(
        _ records: RawSpan, from index: inout Int, _ encoding: BinaryEncoding, _ channel: Channel, at time: Timestamp
    ) -> Int {
        payload.removeAll()
        var start = 0
        var count = 0
        var number: UInt64 = 0
        while index >= 0 {
            let bytes = records.extracting(gathered[index].start..<gathered[index].end)
            guard encoding.layout.isWhole(bytes) else {
                counts.refused += 1
                index = gathered[index].next
                continue
            }
            let next: UInt64 = bytes.integer(at: 0)
            if count == 0 {
                start = encoding.begin(head(of: bytes, channel, at: time), into: &payload)
            } else if next != number &+ 1 || payload.count + bytes.byteCount > WireFormat.batchLimit {
                break
            }
            encoding.append(bytes, to: &payload)
            number = next
            count += 1
            index = gathered[index].next
            if count == encoding.layout.messageLimit { break }
        }
        if count > 0 { encoding.end(count, at: start, in: &payload) }
        return count
    }

    private func head(of update: RawSpan, _ channel: Channel, at time: Timestamp) -> MessageHead {
        MessageHead(
            publishTime: time, position: position + 1, publisher: publisher,
            firstNumber: update.byteCount >= 8 ? update.integer(at: 0) : 0, sizeStep: channel.symbol.sizeStep)
    }

    /// Sends what stands in `payload` and counts it.
    private mutating func send<Failure: Error>(
        topic: [UInt8], updates: Int, _ send: (RawSpan, RawSpan) throws(Failure) -> Void
    ) throws(Failure) {
        position += UInt64(updates)
        counts.updates += UInt64(updates)
        counts.messages += 1
        counts.bytes += UInt64(topic.count + payload.count)
        try topic.withRawSpan { (name) throws(Failure) in
            try payload.withBytes { (bytes) throws(Failure) in try send(name, bytes) }
        }
    }

    // MARK: Gathering

    /// Notes the updates from `offset` on, up to the limit, by topic; returns where the next slice begins.
    private mutating func gather(
        _ records: RawSpan, from offset: Int, of source: Int, symbols: (UInt32) -> PublishedSymbol
    ) -> Int {
        var start = offset
        while start < records.byteCount, gathered.count < Publication.gatherLimit {
            let head = RecordReader.head(in: records, at: start)
            let update = start + RecordHead.size
            start += Int(head.length)
            guard let topic = topic(of: head, source: source, symbols: symbols) else {
                counts.beyondLimit += 1
                continue
            }
            chain(Gathered(topic: topic, start: update, end: update + Int(head.payload)))
        }
        return start
    }

    private mutating func chain(_ update: Gathered) {
        let topic = update.topic
        let index = gathered.count
        gathered.append(update)
        if topics[topic].first < 0 {
            topics[topic].first = index
            touched.append(topic)
        } else {
            gathered[topics[topic].last].next = index
        }
        topics[topic].last = index
    }

    private mutating func forgetGathered() {
        for topic in touched { (topics[topic].first, topics[topic].last) = (-1, -1) }
        touched.removeAll(keepingCapacity: true)
        gathered.removeAll(keepingCapacity: true)
    }

    /// The place of a record's topic, named at its first record; nil beyond the limit.
    private mutating func topic(of head: RecordHead, source: Int, symbols: (UInt32) -> PublishedSymbol) -> Int? {
        if let place = places.place(source, slot: head.slot, symbol: head.symbol) { return place }
        guard let place = places.insert(source, slot: head.slot, symbol: head.symbol) else { return nil }
        let symbol = symbols(head.symbol)
        let name = Topic(prefix: places.entry(source, head.slot).prefix, subject: symbol.subject).text
        topics.append(Channel(name: Array(name.utf8), symbol: symbol, source: source, slot: Int(head.slot)))
        return place
    }
}
