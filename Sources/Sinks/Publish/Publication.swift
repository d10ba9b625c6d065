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
/// A binary message holds consecutive updates of one topic, gathered from the whole run of records it is given; its
/// position is that of the first. A JSON message is one update. Each symbols node is a publisher of its own.
public struct Publication: ~Copyable, Sendable {
    /// Records gathered at once; a longer run is published in slices of this many.
    public static let gatherLimit = 4_096
    /// Topics kept at most, when nothing else is said.
    public static let topicLimit = 1 << 20

    public let encoding: MessageEncoding
    public private(set) var counts = PublicationCounts()

    private var publishers: [PublisherLine] = []
    private var sources: [Source] = []
    private var places: TopicPlaces
    private var topics: [Channel] = []
    let values: LastValues?
    private var gathered: [Gathered] = []
    /// The topics of `gathered`, in the order of their first update.
    private var touched: [Int] = []
    /// The position of the last update that went into a message.
    private var lastPosition: UInt64 = 0
    private var payload = ByteBuffer(capacity: 2 * WireFormat.batchLimit)

    /// Whose records come: of which publisher, whether they carry their places, and how its slots are written.
    private struct Source: Sendable {
        let publisher: Int
        let isJournaled: Bool
        let encoders: [Encoder]
    }

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
        /// Its place in the journal; 0 where it has none.
        let position: UInt64
        var next = -1
    }

    /// - Parameter keepsLastValues: whether the last message of each topic is kept, for those who come later.
    public init(encoding: MessageEncoding, topicLimit: Int = Publication.topicLimit, keepsLastValues: Bool = false) {
        self.encoding = encoding
        values = keepsLastValues ? LastValues(topicLimit: topicLimit) : nil
        places = TopicPlaces(limit: topicLimit)
    }

    /// Adds a publisher and returns its index; one with this id that is there already stays.
    ///
    /// - Parameters:
    ///   - id: Of the node's journal, or a number drawn for this run.
    ///   - node: The symbols node, whose name the heartbeat's topic carries.
    ///   - position: Of the last update that an earlier run has published.
    public mutating func addPublisher(_ id: UInt64, node: String, position: UInt64) -> Int {
        if let known = publishers.firstIndex(where: { $0.id == id }) { return known }
        publishers.append(PublisherLine(id: id, node: node, position: position))
        return publishers.count - 1
    }

    /// Adds the topics of a publisher whose records will come; returns the source that names it.
    ///
    /// - Parameter isJournaled: Whether each record carries its place (`JournaledRecord`); else they are counted here.
    public mutating func add(_ table: TopicTable, of publisher: Int, isJournaled: Bool) -> Int {
        let encoders = table.entries.map {
            Encoder(json: JSONEncoding($0.layout), binary: BinaryEncoding($0.layout))
        }
        sources.append(Source(publisher: publisher, isJournaled: isJournaled, encoders: encoders))
        return places.add(table)
    }

    /// The position of a publisher's last update; 0 before the first.
    public func position(of publisher: Int) -> UInt64 { publishers[publisher].position }

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

    /// Publishes each publisher's heartbeat; due each second.
    public mutating func beat<Failure: Error>(
        at time: Timestamp, subscriptions: Int, send: (_ topic: RawSpan, _ payload: RawSpan) throws(Failure) -> Void
    ) throws(Failure) {
        for index in publishers.indices {
            payload.removeAll()
            publishers[index].beat(at: time, subscriptions: subscriptions, as: encoding, into: &payload)
            try self.send(topic: publishers[index].heartbeatTopic, updates: 0, send)
        }
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
            let head = head(of: update, bytes, channel, at: time)
            do throws(WireError) {
                try sources[channel.source].encoders[channel.slot].json.encode(
                    bytes, of: channel.symbol.subject, head: head, into: &payload)
            } catch {
                counts.refused += 1
                continue
            }
            note(channel, head, last: head.position, updates: 1)
            try self.send(topic: channel.name, updates: 1, send)
            if update.next < 0 { keep(update.topic, head) }
        }
    }

    /// Binary messages, topic by topic, each as full as its limits and the numbers allow.
    private mutating func sendTogether<Failure: Error>(
        _ records: RawSpan, at time: Timestamp, send: (RawSpan, RawSpan) throws(Failure) -> Void
    ) throws(Failure) {
        for topic in touched {
            let channel = topics[topic]
            let encoding = sources[channel.source].encoders[channel.slot].binary
            var index = channel.first
            var last: (head: MessageHead, count: Int)?
            while index >= 0 {
                last = fill(records, from: &index, encoding, channel, at: time)
                guard let last else { continue }
                try self.send(topic: channel.name, updates: last.count, send)
            }
            if let last { keepLast(records, of: topic, last, encoding, at: time) }
        }
    }

    /// Keeps the last update of a topic as a message of its own: the one that was just sent, where it holds no other.
    private mutating func keepLast(
        _ records: RawSpan, of topic: Int, _ message: (head: MessageHead, count: Int), _ encoding: BinaryEncoding,
        at time: Timestamp
    ) {
        guard values != nil else { return }
        guard message.count > 1 else { return keep(topic, message.head) }
        let update = gathered[topics[topic].last]
        let bytes = records.extracting(update.start..<update.end)
        guard encoding.layout.isWhole(bytes) else { return }
        var head = head(of: update, bytes, topics[topic], at: time)
        if update.position == 0 { head.position = lastPosition }
        payload.removeAll()
        encoding.encode(bytes, head: head, into: &payload)
        keep(topic, head)
    }

    /// Keeps what stands in `payload` as a topic's last message.
    private func keep(_ topic: Int, _ head: MessageHead) {
        guard let values else { return }
        payload.withBytes { values.keep(topic, head, $0) }
    }

    /// Writes one message with the updates from `index` on, and moves `index` behind them; returns its head and how
    /// many they are, nil where none of them is whole.
    private mutating func fill(
        _ records: RawSpan, from index: inout Int, _ encoding: BinaryEncoding, _ channel: Channel, at time: Timestamp
    ) -> (head: MessageHead, count: Int)? {
        payload.removeAll()
        var start = 0
        var count = 0
        var number: UInt64 = 0
        var message: MessageHead?
        while index >= 0 {
            let bytes = records.extracting(gathered[index].start..<gathered[index].end)
            guard encoding.layout.isWhole(bytes) else {
                counts.refused += 1
                index = gathered[index].next
                continue
            }
            let next: UInt64 = bytes.integer(at: 0)
            if count == 0 {
                let head = head(of: gathered[index], bytes, channel, at: time)
                start = encoding.begin(head, into: &payload)
                message = head
            } else if next != number &+ 1 || payload.count + bytes.byteCount > WireFormat.batchLimit {
                break
            }
            encoding.append(bytes, to: &payload)
            number = next
            count += 1
            lastPosition = gathered[index].position
            index = gathered[index].next
            if count == encoding.layout.messageLimit { break }
        }
        guard let message else { return nil }
        encoding.end(count, at: start, in: &payload)
        // Those that have no places are counted one by one.
        if lastPosition == 0 { lastPosition = message.position + UInt64(count) - 1 }
        note(channel, message, last: lastPosition, updates: count)
        return (message, count)
    }

    private func head(of update: Gathered, _ bytes: RawSpan, _ channel: Channel, at time: Timestamp) -> MessageHead {
        let publisher = publishers[sources[channel.source].publisher]
        return MessageHead(
            publishTime: time, position: update.position > 0 ? update.position : publisher.position + 1,
            publisher: publisher.id, firstNumber: bytes.byteCount >= 8 ? bytes.integer(at: 0) : 0,
            sizeStep: channel.symbol.sizeStep)
    }

    /// Counts what stands in `payload` for its publisher.
    private mutating func note(_ channel: Channel, _ head: MessageHead, last: UInt64, updates: Int) {
        publishers[sources[channel.source].publisher].note(
            first: head.position, last: last, updates: updates, byteCount: channel.name.count + payload.count)
    }

    /// Sends what stands in `payload` and counts it.
    private mutating func send<Failure: Error>(
        topic: [UInt8], updates: Int, _ send: (RawSpan, RawSpan) throws(Failure) -> Void
    ) throws(Failure) {
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
        let isJournaled = sources[source].isJournaled
        while start < records.byteCount, gathered.count < Publication.gatherLimit {
            let head = RecordReader.head(in: records, at: start)
            let update = start + RecordHead.size
            start += Int(head.length)
            guard let topic = topic(of: head, source: source, symbols: symbols) else {
                counts.beyondLimit += 1
                continue
            }
            let position = isJournaled ? JournaledRecord.position(in: records, before: start) : 0
            chain(Gathered(topic: topic, start: update, end: update + Int(head.payload), position: position))
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
        values?.add(Array(name.utf8))
        return place
    }
}
