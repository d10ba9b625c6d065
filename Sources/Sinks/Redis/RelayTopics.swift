internal import Memory
internal import Updates
internal import Wire

/// What the relay does with one topic: its channel, its encoder, and the keys that it feeds.
struct RelayTopic: Sendable {
    /// One key that the topic feeds.
    struct Use: Sendable {
        enum Value: Sendable {
            case message
            case entry(limit: Int)
            case field(part: Int, JSONFieldEncoding)
            case time
        }

        /// On the board.
        let place: Int
        let value: Value
    }

    let channel: [UInt8]
    let stream: [UInt8]
    let symbol: PublishedSymbol
    let encoding: JSONEncoding
    let uses: [Use]

    /// What one key takes from the topic; an object may take several fields of it.
    static func values(of key: RelayKey, from entry: TopicEntry) -> [Use.Value] {
        guard key.takes(entry.prefix) else { return [] }
        func field(_ name: String, part: Int) -> Use.Value? {
            entry.layout.fields.first { $0.name == name }.map { .field(part: part, JSONFieldEncoding($0)) }
        }
        switch key.form {
        case .message: return [.message]
        case .messages(let limit): return [.entry(limit: limit)]
        case .field(let name): return [field(name, part: 0)].compactMap { $0 }
        case .fields(let names): return names.enumerated().compactMap { field($1, part: $0) }
        case .time: return [.time]
        }
    }
}

/// The topics that came so far, by source, slot and symbol.
struct RelayTopics {
    private let settings: RedisSettings
    private var places = TopicPlaces(limit: Publication.topicLimit)
    private var topics: [RelayTopic] = []
    private var sources: [String: Int] = [:]
    private var encodings: [[JSONEncoding]] = []

    init(_ settings: RedisSettings) { self.settings = settings }

    /// The number of a symbols node, by its name.
    mutating func source(_ node: String, _ table: TopicTable) -> Int {
        if let known = sources[node] { return known }
        encodings.append(table.entries.map { JSONEncoding($0.layout) })
        let source = places.add(table)
        sources[node] = source
        return source
    }

    /// The topic of a record, made at its first one; nil beyond the limit.
    mutating func topic(
        of head: RecordHead, source: Int, on board: inout RelayBoard, symbol: (UInt32) -> PublishedSymbol
    ) -> RelayTopic? {
        if let place = places.place(source, slot: head.slot, symbol: head.symbol) { return topics[place] }
        guard places.insert(source, slot: head.slot, symbol: head.symbol) != nil else { return nil }
        let symbol = symbol(head.symbol)
        let entry = places.entry(source, head.slot)
        let name = Topic(prefix: entry.prefix, subject: symbol.subject).text
        var uses: [RelayTopic.Use] = []
        for key in RelayKey.all where settings.keys {
            let values = RelayTopic.values(of: key, from: entry)
            guard !values.isEmpty, let place = board.place(of: key, symbol: symbol.subject.name) else { continue }
            uses += values.map { RelayTopic.Use(place: place, value: $0) }
        }
        let topic = RelayTopic(
            channel: Array((settings.prefix + name).utf8), stream: Array("stream:\(settings.prefix)\(name)".utf8),
            symbol: symbol, encoding: encodings[source][Int(head.slot)], uses: uses)
        topics.append(topic)
        return topic
    }
}
