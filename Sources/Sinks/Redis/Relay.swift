internal import Engine
internal import Market
internal import Memory
internal import Redis
internal import Updates
internal import Wire

/// Carries updates to a Redis server: every message over its channel, the newest values into keys.
///
/// It never waits for a server that is away: messages are then dropped and counted, and the newest value of each key
/// is written when the server is back.
struct Relay: ~Copyable {
    private let settings: RedisSettings
    private let nodeKeys: RelayNodeKeys
    private let publisher: UInt64
    private let tell: @Sendable (String) -> Void
    private var topics: RelayTopics
    private var board: RelayBoard
    private var line: RelayLine
    private var backoff = Backoff()
    private var notes = RelayNotes()
    private var heartbeat: HeartbeatChannel
    private var heartbeatTopic: [UInt8]
    private var payload = ByteBuffer(capacity: 1 << 16)
    private var value = ByteBuffer(capacity: 64)
    private var lastBeat = Timestamp(nanoseconds: 0)
    private var lostSince: Timestamp?
    private var received = RelayCounts()

    init(
        _ settings: RedisSettings, to address: RedisAddress, node: String, publisher: UInt64,
        tell: @escaping @Sendable (String) -> Void
    ) {
        self.settings = settings
        self.publisher = publisher
        self.tell = tell
        nodeKeys = RelayNodeKeys(node: node)
        topics = RelayTopics(settings)
        board = RelayBoard(bufferLimit: settings.bufferLimit)
        line = RelayLine(to: address, silence: settings.silence, depth: settings.depth)
        heartbeat = HeartbeatChannel(node: node)
        heartbeatTopic = Array(settings.prefix.utf8) + heartbeat.topic
    }

    var counts: RelayCounts {
        var counts = line.counts
        counts.updates = received.updates
        counts.malformed = received.malformed
        counts.beyondLimit = received.beyondLimit
        counts.offered = received.offered
        counts.dropped += received.dropped
        counts.droppedEntries += board.droppedEntries
        counts.reconnects = received.reconnects
        counts.position = received.position
        return counts
    }

    // MARK: Updates

    mutating func receive(_ records: RawSpan, from origin: UpdateOrigin, at time: Timestamp) {
        let source = topics.source(origin.node, origin.topics)
        var start = 0
        while start < records.byteCount {
            let head = RecordReader.head(in: records, at: start)
            let update = start + RecordHead.size
            start += Int(head.length)
            received.updates += 1
            let topic = topics.topic(of: head, source: source, on: &board) { index in
                let symbol = origin.symbol(index)
                return PublishedSymbol(subject: .symbol(symbol.symbol), sizeStep: symbol.sizeStep)
            }
            guard let topic else {
                received.beyondLimit += 1
                continue
            }
            take(records.extracting(update..<update + Int(head.payload)), on: topic, at: time)
        }
    }

    private mutating func take(_ update: RawSpan, on topic: RelayTopic, at time: Timestamp) {
        let head = MessageHead(
            publishTime: time, position: received.position + 1, publisher: publisher,
            firstNumber: update.byteCount >= 8 ? update.integer(at: 0) : 0, sizeStep: topic.symbol.sizeStep)
        payload.removeAll()
        do throws(WireError) {
            try topic.encoding.encode(update, of: topic.symbol.subject, head: head, into: &payload)
        } catch {
            received.malformed += 1
            return
        }
        received.position += 1
        if settings.channels { publish(on: topic.channel) }
        if let limit = settings.streams { stream(to: topic.stream, limit: limit) }
        for use in topic.uses { keep(update, use, topic, at: time) }
        if line.isFull { exchange(at: time) }
    }

    /// Publishes what stands in `payload`.
    private mutating func publish(on channel: [UInt8]) {
        received.offered += 1
        guard line.isOpen else {
            received.dropped += 1
            return
        }
        payload.withBytes { line.batch.publish($0, on: channel) }
    }

    private mutating func stream(to stream: [UInt8], limit: Int) {
        received.offered += 1
        guard line.isOpen else {
            received.dropped += 1
            return
        }
        payload.withBytes { line.batch.add($0, to: stream, limit: limit) }
    }

    private mutating func keep(_ update: RawSpan, _ use: RelayTopic.Use, _ topic: RelayTopic, at time: Timestamp) {
        switch use.value {
        case .message: board.set(payload.withBytes { $0.array }, at: use.place)
        case .entry(let limit):
            guard RecordReader.updateHead(of: update).isFinal else { return }
            board.append(payload.withBytes { $0.array }, limit: limit, at: use.place)
        case .field(let part, let encoding):
            value.removeAll()
            encoding.encode(update, sizeStep: topic.symbol.sizeStep, into: &value)
            board.set(value.withBytes { $0.array }, part: part, at: use.place)
        case .time: board.set(Array("\(time.nanoseconds / 1_000_000)".utf8), at: use.place)
        }
    }

    // MARK: The server

    /// Connects for the first time.
    mutating func open() throws(RedisError) { try line.open() }

    /// Sends what has come since the last call.
    mutating func flush(at time: Timestamp) {
        while line.isOpen, board.writeNext(into: &line.batch) {
            if line.isFull { exchange(at: time) }
        }
        exchange(at: time)
    }

    /// Tries to connect anew where that is due; each second says what the relay is doing.
    mutating func beat(at time: Timestamp) {
        if !line.isOpen, backoff.isDue(at: time) { reopen(at: time) }
        if line.isOpen, time < lastBeat || time - lastBeat >= Timestamp.second {
            lastBeat = time
            writeHeartbeat(at: time)
            if settings.keys { writeMonitoring(at: time) }
        }
        flush(at: time)
        settle(at: time)
    }

    /// Sends what waits, with a last attempt where the server is away, and counts what does not arrive.
    mutating func close(at time: Timestamp) {
        if !line.isOpen { reopen(at: time) }
        lastBeat = Timestamp(nanoseconds: 0)
        beat(at: time)
        let counts = counts
        guard counts.dropped + counts.droppedEntries + counts.refused > 0 else { return }
        tell(
            "\(line.server): dropped messages: \(counts.dropped), dropped list entries: \(counts.droppedEntries), "
                + "refused commands: \(counts.refused)")
    }

    private mutating func exchange(at time: Timestamp) {
        if let loss = line.exchange() { note(loss, at: time) }
        noteRefusals()
    }

    private mutating func settle(at time: Timestamp) {
        if let loss = line.settle() { note(loss, at: time) }
        noteRefusals()
    }

    private mutating func reopen(at time: Timestamp) {
        do throws(RedisError) {
            try line.open()
        } catch {
            // What does not pass by itself is told each time: somebody must change something.
            if !error.isPassing { tell("\(error); trying again") }
            return backoff.fail(at: time)
        }
        received.reconnects += 1
        backoff.succeed()
        let seconds = Double((time - (lostSince ?? time)) / (Timestamp.second / 10)) / 10
        tell("\(line.server): connected again after \(seconds) s; dropped messages so far: \(counts.dropped)")
        notes.note("CONNECTED", "after \(seconds) s", at: time)
        lostSince = nil
    }

    private mutating func note(_ loss: RelayLine.Loss, at time: Timestamp) {
        board.markLost(loss.places)
        backoff.fail(at: time)
        lostSince = time
        tell("\(loss.error); keeping the newest values and trying again")
        notes.note("LOST", "\(loss.error)", at: time)
    }

    private mutating func noteRefusals() {
        for refusal in line.takeRefusals() {
            if let text = notes.refuse(refusal) { tell("\(line.server): \(text)") }
        }
    }

    // MARK: What the relay says of itself

    private mutating func writeHeartbeat(at time: Timestamp) {
        payload.removeAll()
        let counts = counts
        let body = Heartbeat(
            headPosition: Int64(clamping: counts.position), updates: Int64(counts.updates),
            messages: Int64(counts.published), byteCount: Int64(counts.bytes), subscriptions: 0)
        let head = MessageHead(
            publishTime: time, position: counts.position, publisher: publisher, firstNumber: heartbeat.number + 1,
            sizeStep: 1)
        heartbeat.write(body, head: head, as: .json, into: &payload)
        if settings.channels { publish(on: heartbeatTopic) }
        guard settings.keys else { return }
        let message = payload.withBytes { $0.array }
        line.batch.set(Array(nodeKeys.heartbeat.utf8), to: message, life: RelayNodeKeys.heartbeatLife, place: nil)
    }

    private mutating func writeMonitoring(at time: Timestamp) {
        line.batch.set(
            Array(nodeKeys.metrics.utf8), to: Array(counts.json.utf8), life: RelayNodeKeys.metricsLife, place: nil)
        line.batch.push(
            notes.take(at: time), to: Array(nodeKeys.errors.utf8), limit: RelayNodeKeys.errorLimit,
            life: RelayNodeKeys.errorsLife)
    }
}
