internal import Analytics
internal import Market
internal import Memory
internal import Sinks
internal import Updates
internal import Wire

/// What tap has seen so far.
struct TapCounts: Equatable, Sendable {
    var updates = 0
    var heartbeats = 0
    /// Holes in the numbers of a topic, and the updates missing in them.
    var holes = 0
    var missing: UInt64 = 0
    /// Updates that a heartbeat told of and that never came, for a reader of all topics.
    var missingAtTail: UInt64 = 0
    var restarts = 0
    /// Messages that no reader of this version understands.
    var unreadable = 0
    var duplicates = 0
    /// Updates that were asked for again and that nobody has any more.
    var lost: UInt64 = 0
    /// Ranges that the replay was asked for.
    var questions = 0
    var topics: Set<String> = []
    /// Whether reading ended while something that is missing was asked for.
    var isCut = false

    var summary: String {
        func count(_ number: some BinaryInteger, _ one: String, _ many: String? = nil) -> String {
            "\(number) \(number == 1 ? one : many ?? one + "s")"
        }
        var parts = [count(updates, "update"), count(topics.count, "topic"), count(holes, "hole")]
        if missing > 0 { parts[2] += " with \(count(missing, "update")) missing" }
        if missingAtTail > 0 { parts.append("\(count(missingAtTail, "update")) missing at the tail") }
        if questions > 0 { parts.append(count(questions, "replay")) }
        if lost > 0 { parts.append("\(count(lost, "update")) lost") }
        if restarts > 0 { parts.append(count(restarts, "restart") + " of the publisher") }
        if duplicates > 0 { parts.append(count(duplicates, "duplicate")) }
        if unreadable > 0 { parts.append(count(unreadable, "unreadable message")) }
        if isCut { parts.append("ended while more was being asked for") }
        return parts.joined(separator: ", ")
    }
}

/// What tap shall print and keep.
struct TapChoices: Sendable {
    /// Prefixes asked for; empty stands for all.
    var topics: [String] = []
    var printsJSON = false
    var makesDigest = false
    /// Updates printed at most; nil for no limit.
    var count: Int?
    /// Where a reader begins that asks for what is missing; nil for one that takes holes as they are.
    var lossless: StreamReader.Beginning?

    var readsAllTopics: Bool { topics.isEmpty || topics.contains("") }

    /// Heartbeats are always received, but only shown to who asks for them.
    func showsHeartbeat(_ topic: String) -> Bool { topics.contains { !$0.isEmpty && topic.hasPrefix($0) } }
}

/// A digest of JSON was asked for.
struct DigestOfJSON: Error, CustomStringConvertible {
    let topic: String

    var description: String {
        "\(topic) came as JSON, and a digest is made of the binary encoding: "
            + "write \"encoding\": \"binary\" at the publishing node, or leave --digest out"
    }
}

/// Turns the messages of endpoints into lines, follows their numbers, and counts. Pure: it reads no socket.
struct TapReader: ~Copyable {
    /// Steps by which sizes of JSON are counted for printing; the first that all sizes of a message fit is right.
    private static let printSteps: [Int64] = [1, 1_000_000_000]

    let choices: TapChoices
    private let decoding: BinaryDecoding
    private let kinds: [String: TapKind]
    /// One publisher's stream for each endpoint.
    private var streams: [StreamReader]
    /// What was told of each endpoint's clock, and of messages of other versions.
    private var clocks: [ClockWatch]
    private var toldVersions: Set<String> = []
    /// The same where nothing may be missing; nil while one is at work.
    var losslessReaders: [LosslessReader?]
    private var digest = Digest()
    private var buffer = ByteBuffer(capacity: 1 << 16)
    var counts = TapCounts()
    /// What to print, and what to warn of, since the last `removeLines`.
    private(set) var lines: [String] = []
    var warnings: [String] = []

    init(_ choices: TapChoices, endpoints: Int) {
        self.choices = choices
        let layouts = AnalyticLayouts.all + [Heartbeat.layout]
        decoding = BinaryDecoding(layouts)
        kinds = Dictionary(uniqueKeysWithValues: layouts.map { ($0.kind, TapKind($0)) })
        streams = Array(repeating: StreamReader(delivery: .latest), count: endpoints)
        clocks = Array(repeating: ClockWatch(), count: endpoints)
        losslessReaders = (0..<endpoints).map { _ in
            choices.lossless.map { LosslessReader(beginning: $0, prefixes: choices.topics) }
        }
    }

    /// Whether as many updates were printed as asked for.
    var isFull: Bool { choices.count.map { counts.updates >= $0 } ?? false }

    /// Whether nothing more is to be read.
    var isDone: Bool { isFull || counts.isCut }

    var digestText: String { digest.text() }

    mutating func removeLines() {
        lines.removeAll(keepingCapacity: true)
        warnings.removeAll(keepingCapacity: true)
    }

    /// Takes one message of an endpoint, at this time by our own clock; true when it was no heartbeat.
    mutating func receive(
        from endpoint: Int, _ topicBytes: RawSpan, _ payload: RawSpan, at now: Timestamp
    ) throws(DigestOfJSON) -> Bool {
        let topic = MessagePeek.text(topicBytes)
        let message: MessagePeek
        do throws(WireError) {
            message = try MessagePeek(payload)
            // Before its numbers count: a damaged message must not make holes.
            if !message.isJSON { try decoding.decode(payload) { _, _ in } }
        } catch {
            refuse(topic, error, of: endpoint)
            return true
        }
        let isHeartbeat = TapReader.isHeartbeat(topic)
        watchClock(topic, message, of: endpoint, at: now)
        guard let skipping = follow(topic, message, endpoint, isHeartbeat: isHeartbeat) else { return !isHeartbeat }
        return try take(topic, payload, message, skipping: skipping)
    }

    /// Tells of a publisher whose clock is far from our own.
    mutating func watchClock(_ topic: String, _ message: MessagePeek, of endpoint: Int, at now: Timestamp) {
        guard TapReader.isHeartbeat(topic),
            let fault = clocks[endpoint].receive(message.head.publishTime, at: now)
        else { return }
        warnings.append("CLOCK \(topic): \(fault)")
    }

    static func isHeartbeat(_ topic: String) -> Bool { topic.hasPrefix("\(Heartbeat.kind)/") }

    /// Whether a message can be read to its end.
    func check(_ payload: RawSpan) throws(WireError) {
        guard try !MessagePeek(payload).isJSON else { return }
        try decoding.decode(payload) { _, _ in }
    }

    /// Prints and keeps a message's updates but the first few; true when it was no heartbeat.
    mutating func take(
        _ topic: String, _ payload: RawSpan, _ message: MessagePeek, skipping: Int
    ) throws(DigestOfJSON) -> Bool {
        let isHeartbeat = TapReader.isHeartbeat(topic)
        if isHeartbeat {
            counts.heartbeats += 1
            guard choices.showsHeartbeat(topic) else { return false }
        } else {
            counts.topics.insert(topic)
            if choices.makesDigest, message.isJSON { throw DigestOfJSON(topic: topic) }
        }
        if message.isJSON {
            takeJSON(topic, payload)
        } else {
            takeBinary(topic, payload, message.head, skipping: skipping, isHeartbeat: isHeartbeat)
        }
        return !isHeartbeat
    }

    /// Follows numbers and positions; returns how many updates of the message came before, nil for all of them.
    private mutating func follow(
        _ topic: String, _ message: MessagePeek, _ endpoint: Int, isHeartbeat: Bool
    ) -> Int? {
        let restarts = streams[endpoint].restarts
        if isHeartbeat {
            let tail = streams[endpoint].receiveHeartbeat(
                publisher: message.head.publisher, headPosition: message.head.position)
            if let tail, choices.readsAllTopics {
                counts.missingAtTail &+= tail.count
                warnings.append("TAIL \(topic) expected position \(tail.expected) received \(tail.received)")
            }
        }
        // Several publishers may send the heartbeats of one node: their numbers mean nothing.
        if isHeartbeat { return 0 }
        let action = streams[endpoint].receive(topic: topic, head: message.head, count: message.count)
        if streams[endpoint].restarts > restarts {
            counts.restarts += 1
            warnings.append("RESTART \(topic): another publisher goes on")
        }
        switch action {
        case .hole(let hole)?:
            counts.holes += 1
            counts.missing &+= hole.count
            warnings.append("HOLE \(topic) expected \(hole.expected) received \(hole.received)")
            return 0
        case .duplicate?:
            counts.duplicates += message.count
            return nil
        case .deliver(let skipping)?:
            counts.duplicates += skipping
            return skipping
        case nil: return 0
        }
    }

    /// Of another version's messages the first is told: a whole stream of them comes.
    mutating func refuse(_ topic: String, _ reason: WireError, of endpoint: Int) {
        if case .versionUnknown = reason, !toldVersions.insert("\(endpoint) \(reason)").inserted {
            counts.unreadable += 1
            return
        }
        refuse(topic, "\(reason)")
    }

    mutating func refuse(_ topic: String, _ reason: String) {
        counts.unreadable += 1
        warnings.append("UNREADABLE \(topic): \(reason)")
    }

    // MARK: Binary

    private mutating func takeBinary(
        _ topic: String, _ payload: RawSpan, _ message: MessageHead, skipping: Int, isHeartbeat: Bool
    ) {
        let decoding = decoding
        var index = 0
        do throws(WireError) {
            try decoding.decode(payload) { layout, update in
                if index >= skipping, !isFull, let kind = kinds[layout.kind] {
                    if choices.makesDigest, !isHeartbeat { digest.append(update, topic: topic) }
                    printUpdate(update, kind, topic, message, isHeartbeat)
                }
                index += 1
            }
        } catch { refuse(topic, "\(error)") }
    }

    private mutating func printUpdate(
        _ update: RawSpan, _ kind: TapKind, _ topic: String, _ head: MessageHead, _ isHeartbeat: Bool
    ) {
        counts.updates += 1
        guard choices.printsJSON else {
            lines.append(kind.line.text(update, topic: topic, sizeStep: head.sizeStep))
            return
        }
        guard let subject = TapKind.subject(of: topic, isNode: isHeartbeat) else {
            return refuse(topic, "the topic names no symbol")
        }
        buffer.removeAll()
        do throws(WireError) {
            try kind.encoding.encode(update, of: subject, head: head, into: &buffer)
            lines.append(buffer.withBytes { MessagePeek.text($0) })
        } catch { refuse(topic, "\(error)") }
    }

    // MARK: JSON

    private mutating func takeJSON(_ topic: String, _ payload: RawSpan) {
        guard !isFull else { return }
        counts.updates += 1
        if choices.printsJSON {
            // Between the members of JSON a line's end is a blank; inside a text there is none.
            lines.append(MessagePeek.text(payload).split(whereSeparator: \.isNewline).joined(separator: " "))
            return
        }
        guard let kind = kinds[String(topic.prefix { $0 != "/" })] else {
            return lines.append("\(topic) \(MessagePeek.text(payload))")
        }
        var reason = ""
        for step in TapReader.printSteps {
            do throws(WireError) {
                let update = try kind.decoding.decode(payload.array, sizeStep: step)
                return lines.append(
                    update.bytes.withRawSpan { kind.line.text($0, topic: topic, sizeStep: step) })
            } catch { reason = "\(error)" }
        }
        counts.updates -= 1
        refuse(topic, reason)
    }
}

/// What tap needs to read and print one kind of update.
struct TapKind: Sendable {
    let line: UpdateLine
    let encoding: JSONEncoding
    let decoding: JSONDecoding

    init(_ layout: UpdateLayout) {
        line = UpdateLine(layout)
        encoding = JSONEncoding(layout)
        decoding = JSONDecoding(layout)
    }

    /// Whom a topic speaks of; nil for a text that is no topic.
    static func subject(of topic: String, isNode: Bool) -> Subject? {
        guard let topic = try? Topic(topic) else { return nil }
        return isNode ? .node(topic.subject) : Symbol(topic.subject).map { .symbol($0) }
    }
}
