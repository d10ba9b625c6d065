internal import Crypto
internal import Memory
public import Updates

/// What a run emitted, in one line per topic: how many updates, and the SHA-256 over their bytes in number order.
///
/// The bytes are those of the binary encoding: head, body and groups, without publish time and position, which belong
/// to the message. Two runs are equal exactly when their texts are.
public struct Digest: ~Copyable, Sendable {
    private var hashes = SHA256List()
    private var counts: [UInt64] = []
    private var names: [String: Int] = [:]
    private var places: TopicPlaces
    /// The hash behind each place of `places`.
    private var indices: [Int] = []
    /// Updates on topics beyond the limit; a digest that left any out says so in its last line.
    public private(set) var leftOut: UInt64 = 0

    /// - Parameter topicLimit: A hash holds about half a kilobyte while the digest lives.
    public init(topicLimit: Int = 1 << 20) { places = TopicPlaces(limit: topicLimit) }

    /// Adds a node's topics; returns the source by which `append(records:from:)` names them.
    public mutating func add(_ table: TopicTable) -> Int { places.add(table) }

    /// Takes all updates of a run of records, as an outbox or a link holds them.
    ///
    /// - Parameter subjects: The subject of a symbol's index; asked once for each topic.
    public mutating func append(records: RawSpan, from source: Int, subjects: (UInt32) -> Subject) {
        RecordReader.forEach(in: records) { head, update in
            if let place = places.place(source, slot: head.slot, symbol: head.symbol) {
                return append(update, at: indices[place])
            }
            let prefix = places.entry(source, head.slot).prefix
            let topic = Topic(prefix: prefix, subject: subjects(head.symbol)).text
            guard let index = index(of: topic),
                places.insert(source, slot: head.slot, symbol: head.symbol) != nil
            else { return leftOut += 1 }
            indices.append(index)
            append(update, at: index)
        }
    }

    /// Takes one update: head, body and groups.
    public mutating func append(_ update: RawSpan, topic: String) {
        guard let index = index(of: topic) else { return leftOut += 1 }
        append(update, at: index)
    }

    /// `topic count sha256` for each topic, sorted by its bytes, and a last line `* count sha256` over those lines.
    public func text() -> String {
        var text = ""
        for (name, index) in names.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            text += "\(name) \(counts[index]) \(Digest.hexadecimal(hashes.value(of: index)))\n"
        }
        return Digest.closed(text, total: counts.reduce(0, +), leftOut: leftOut)
    }

    /// The lines of all topics with the last one over them.
    static func closed(_ lines: String, total: UInt64, leftOut: UInt64) -> String {
        var all = SHA256()
        Array(lines.utf8).withRawSpan { all.append($0) }
        return lines + "* \(total) \(Digest.hexadecimal(all.value))"
            + (leftOut == 0 ? "\n" : " incomplete: \(leftOut) updates beyond the topic limit\n")
    }

    private mutating func append(_ update: RawSpan, at index: Int) {
        counts[index] += 1
        hashes.append(update, to: index)
    }

    /// The hash of a topic, begun at its first update; nil beyond the limit.
    private mutating func index(of topic: String) -> Int? {
        if let index = names[topic] { return index }
        guard counts.count < places.limit else { return nil }
        let index = hashes.begin()
        names[topic] = index
        counts.append(0)
        return index
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
