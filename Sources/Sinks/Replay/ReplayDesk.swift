internal import Engine
internal import Journal
internal import Market
internal import Memory
internal import Updates
internal import Wire

/// Answers what subscribers ask of a publishing node: updates again, the last numbers and values, all addresses.
///
/// It knows no socket. Updates come from the journals of the nodes that feed the publishing one, and are written by a
/// publication as those of the stream are; only their publish time is that of the answer.
struct ReplayDesk: ~Copyable {
    /// What one answer may cost. So much is read in some tens of milliseconds, and the next asker waits no longer.
    static let limits = UpdateHistory.Limits(looked: 131_072, taken: 4_096, byteCount: 1 << 20)
    /// Bytes of last messages in an answer, and lines of numbers.
    static let messageByteLimit = 4 << 20
    static let lineLimit = 4_096

    typealias Refusal = ReplayAnswer.Refusal

    /// One symbols node, as far as it can be asked about.
    struct Origin: ~Copyable {
        let publisher: UInt64
        /// What of it the publishing node passes on.
        let edges: [SinkContext.Inflow]
        /// Last numbers are known of what was published behind this.
        let since: UInt64
        var history: UpdateHistory?
        var source: Int?
    }

    private let encoding: MessageEncoding
    private let values: LastValues?
    private let addresses: String
    private let now: @Sendable () -> Timestamp
    private var origins = Shelf<Origin>(capacity: 256)
    private var publication: Publication
    private var records = ByteBuffer()

    init(
        encoding: MessageEncoding, values: LastValues?, addresses: [PublicAddress],
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.encoding = encoding
        self.values = values
        self.addresses = AddressList.text(addresses)
        self.now = now
        publication = Publication(encoding: encoding)
    }

    /// Adds what can be asked about.
    mutating func add(_ origin: consuming Origin) {
        origins.append(origin)
    }

    /// The frames of the answer to a question.
    mutating func answer(_ question: [UInt8]) -> [[UInt8]] {
        var messages: [[UInt8]] = []
        let head: ReplayAnswer
        do throws(Refusal) { head = try answer(question, into: &messages) } catch { head = .refused(error) }
        return [head.text] + messages
    }

    private mutating func answer(_ bytes: [UInt8], into messages: inout [[UInt8]]) throws(Refusal) -> ReplayAnswer {
        guard bytes.count <= ReplayQuestion.byteLimit else { throw Refusal(.tooLong) }
        let question: ReplayQuestion
        do throws(WireError) { question = try ReplayQuestion(bytes) } catch { throw Refusal(.junk) }
        switch question {
        case .replay(let range, let limit):
            try check(range.topics)
            return try replay(range, limit: limit, into: &messages)
        case .numbers(let topics, let publisher, let after):
            try check(topics)
            return try numbers(topics, publisher, after)
        case .last(let topics):
            try check(topics)
            return try last(topics, into: &messages)
        case .addresses: return .addresses(addresses)
        }
    }

    private func check(_ topics: [String]) throws(Refusal) {
        guard topics.count <= ReplayQuestion.topicLimit else { throw Refusal(.tooManyTopics) }
    }

    // MARK: Updates again

    private mutating func replay(
        _ range: ReplayRange, limit: Int?, into messages: inout [[UInt8]]
    ) throws(Refusal) -> ReplayAnswer {
        guard range.after <= range.upTo, (limit ?? 1) > 0 else { throw Refusal(.junk) }
        guard let index = index(of: range.publisher) else { throw Refusal(.unknownPublisher) }
        guard origins[index].history != nil else { throw Refusal(.noJournal) }
        var limits = ReplayDesk.limits
        limits.taken = min(limits.taken, limit ?? limits.taken)
        records.removeAll()
        let position = try look(index, range, limits)
        let (oldest, head) = ends(index)
        let count = publish(index, into: &messages)
        return .replay(
            ReplayAnswer.Coverage(
                publisher: range.publisher, after: range.after, position: position, oldest: oldest, head: head,
                messages: count))
    }

    /// Takes records from a journal; returns up to where it was looked through.
    private mutating func look(
        _ index: Int, _ range: ReplayRange, _ limits: UpdateHistory.Limits
    ) throws(Refusal) -> UInt64 {
        let (edges, wanted) = (origins[index].edges, range.topics)
        do {
            try origins[index].history?.refresh()
            return try origins[index].history?.take(
                after: range.after, upTo: range.upTo, within: limits, into: &records
            ) { topic, symbol in
                Prefixes.match(topic, wanted) && edges.contains { $0.carries(topic, of: symbol) }
            } ?? range.after
        } catch let error as JournalError {
            switch error {
            case .trimmed(let oldest): throw Refusal(.beforeOldest, oldest: oldest, head: ends(index).head)
            case .ahead(let head): throw Refusal(.aheadOfHead, oldest: ends(index).oldest, head: head)
            default: throw Refusal(.unreadableJournal)
            }
        } catch { throw Refusal(.unreadableJournal) }
    }

    private func ends(_ index: Int) -> (oldest: UInt64, head: UInt64) {
        (origins[index].history?.oldest ?? 0, origins[index].history?.head ?? 0)
    }

    /// Writes what stands in `records` as messages; returns how many.
    private mutating func publish(_ index: Int, into messages: inout [[UInt8]]) -> Int {
        guard let source = source(index), let origin = origins[index].history?.origin else { return 0 }
        let before = messages.count
        records.withBytes { bytes in
            publication.publish(
                bytes, from: source, at: now(),
                symbols: { index in
                    let symbol = origin.symbol(index)
                    return PublishedSymbol(subject: .symbol(symbol.symbol), sizeStep: symbol.sizeStep)
                },
                send: { topic, payload in messages += [topic.array, payload.array] })
        }
        return (messages.count - before) / 2
    }

    private mutating func source(_ index: Int) -> Int? {
        if let known = origins[index].source { return known }
        guard let origin = origins[index].history?.origin else { return nil }
        let publisher = publication.addPublisher(origins[index].publisher, node: origin.node, position: 0)
        origins[index].source = publication.add(origin.topics, of: publisher, isJournaled: true)
        return origins[index].source
    }

    private func index(of publisher: UInt64) -> Int? {
        (0..<origins.count).first { origins[$0].publisher == publisher }
    }

    // MARK: Last values

    private func numbers(_ topics: [String], _ publisher: UInt64?, _ after: UInt64) throws(Refusal) -> ReplayAnswer {
        guard let values else { throw Refusal(.noLastValues) }
        if let publisher, index(of: publisher) == nil { throw Refusal(.unknownPublisher) }
        var numbers = ReplayNumbers(publishers: [], topics: [], left: 0)
        for index in 0..<origins.count where publisher == nil || origins[index].publisher == publisher {
            numbers.publishers.append(
                ReplayNumbers.Publisher(id: origins[index].publisher, since: origins[index].since, head: 0))
        }
        let prefixes = topics.map { Array($0.utf8) }
        for place in 0..<values.count {
            guard let line = values.line(place), publisher == nil || line.publisher == publisher else { continue }
            if let known = numbers.publishers.firstIndex(where: { $0.id == line.publisher }) {
                numbers.publishers[known].head = max(numbers.publishers[known].head, line.position)
            }
            guard publisher == nil || line.position > after, Prefixes.match(line.topic, prefixes) else { continue }
            guard numbers.topics.count < ReplayDesk.lineLimit else {
                numbers.left += 1
                continue
            }
            numbers.topics.append(
                ReplayNumbers.Line(
                    topic: String(decoding: line.topic, as: UTF8.self), publisher: line.publisher, number: line.number,
                    position: line.position))
        }
        return .numbers(numbers)
    }

    private func last(_ topics: [String], into messages: inout [[UInt8]]) throws(Refusal) -> ReplayAnswer {
        guard let values else { throw Refusal(.noLastValues) }
        let prefixes = topics.map { Array($0.utf8) }
        var (bytes, left) = (0, 0)
        for place in 0..<values.count where Prefixes.match(values.topic(place), prefixes) {
            guard let message = values.message(place) else { continue }
            guard bytes < ReplayDesk.messageByteLimit, messages.count < 2 * ReplayDesk.lineLimit else {
                left += 1
                continue
            }
            messages += [message.topic, message.payload]
            bytes += message.topic.count + message.payload.count
        }
        return .last(messages: messages.count / 2, left: left)
    }
}

/// Whether a topic begins with one of some prefixes; none stands for all topics.
enum Prefixes {
    static func match(_ topic: String, _ prefixes: [String]) -> Bool {
        prefixes.isEmpty || prefixes.contains { topic.utf8.starts(with: $0.utf8) }
    }

    static func match(_ topic: [UInt8], _ prefixes: [[UInt8]]) -> Bool {
        prefixes.isEmpty || prefixes.contains { topic.starts(with: $0) }
    }
}

/// The addresses of a topology as JSON.
enum AddressList {
    static func text(_ addresses: [PublicAddress]) -> String {
        let lines = addresses.map { address in
            let members = [
                ("process", JSONText.quoted(address.process)), ("shard", "\(address.shard)"),
                ("node", JSONText.quoted(address.node)), ("bind", JSONText.quoted(address.bind)),
                ("replay", address.replay.map(JSONText.quoted) ?? "null"),
                ("encoding", JSONText.quoted(address.encoding)),
            ]
            return "{" + members.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}"
        }
        return "[" + lines.joined(separator: ",") + "]"
    }
}
