public import Journal
internal import Market
public import Memory
internal import Updates
internal import Wire

/// The updates of a symbols node as its journal holds them, read again from any place on.
public struct UpdateHistory: ~Copyable {
    /// What one look may cost, whatever it finds.
    public struct Limits: Sendable {
        /// Records looked at, and how many of them and of their bytes are taken.
        public var looked: Int
        public var taken: Int
        public var byteCount: Int

        public init(looked: Int, taken: Int, byteCount: Int) {
            precondition(looked > 0 && taken > 0 && byteCount > 0, "A look must be allowed something.")
            self.looked = looked
            self.taken = taken
            self.byteCount = byteCount
        }
    }

    public let origin: UpdateOrigin
    private let known: [Bool]
    private let symbols: JournalSymbols
    private var reader: JournalReader
    private var batch: ByteBuffer

    public init(of node: String, opening folder: String) throws {
        var reader = try JournalReader(opening: folder)
        let (table, known) = JournalTopics(try reader.lastDefinitions()).table
        let symbols = JournalSymbols()
        let id = reader.id
        origin = UpdateOrigin(node: node, topics: table, journal: { id }, symbols: { symbols[$0] })
        self.known = known
        self.symbols = symbols
        self.reader = reader
        batch = ByteBuffer()
    }

    public var id: UInt64 { reader.id }
    public var oldest: UInt64 { reader.oldest }
    /// The last position that the journal held when it was looked at last.
    public var head: UInt64 { reader.head }

    /// Looks at the journal's ends again.
    public mutating func refresh() throws(JournalError) { try reader.refresh() }

    /// Takes the updates behind `after` up to `last` whose topic is wanted, each with its place, and returns up to
    /// where it has looked. Throws `.trimmed` and `.ahead` where `after` is no place of the journal.
    public mutating func take(
        after: UInt64, upTo last: UInt64, within limits: Limits, into records: inout ByteBuffer,
        where isWanted: (_ topic: String, _ symbol: String) -> Bool
    ) throws -> UInt64 {
        // A seek to 0 goes to the oldest that is left, whatever it is.
        if after == 0, reader.oldest > 1 { throw JournalError.trimmed(oldest: reader.oldest) }
        try reader.seek(behind: after)
        var choice = Choice(limits: limits, position: after, last: last)
        while !choice.isFull {
            batch.removeAll()
            var first: UInt64 = 0
            guard
                try reader.next({ head, bytes in
                    // Copied: what an index means in it, the reader says only behind the call.
                    batch.append(bytes)
                    first = head.first
                })
            else { break }
            symbols.learn(reader.definitions)
            batch.withBytes { choose(from: $0, first: first, &choice, &records, isWanted) }
        }
        return choice.position
    }

    /// How far a look has come.
    private struct Choice {
        let limits: Limits
        var position: UInt64
        let last: UInt64
        var looked = 0
        var taken = 0
        var byteCount = 0
        /// By slot and symbol, whether the topic is wanted.
        var wanted: [UInt64: Bool] = [:]

        var isFull: Bool {
            position >= last || looked >= limits.looked || taken >= limits.taken || byteCount >= limits.byteCount
        }
    }

    private func choose(
        from bytes: RawSpan, first: UInt64, _ choice: inout Choice, _ records: inout ByteBuffer,
        _ isWanted: (String, String) -> Bool
    ) {
        var (offset, position) = (0, first)
        while offset < bytes.byteCount, !choice.isFull {
            let head = RecordReader.head(in: bytes, at: offset)
            let end = offset + Int(head.length)
            choice.looked += 1
            choice.position = position
            if wants(head, &choice, isWanted) {
                JournaledRecord.append(bytes.extracting(offset..<end), position: position, to: &records)
                choice.taken += 1
                choice.byteCount += end - offset
            }
            (offset, position) = (end, position + 1)
        }
    }

    private func wants(_ head: RecordHead, _ choice: inout Choice, _ isWanted: (String, String) -> Bool) -> Bool {
        let key = UInt64(head.slot) << 32 | UInt64(head.symbol)
        if let known = choice.wanted[key] { return known }
        let entry = origin.topics.entries[Int(head.slot)]
        let symbol = symbols[head.symbol].symbol
        let topic = Topic(prefix: entry.prefix, subject: .symbol(symbol)).text
        let answer = known[Int(head.slot)] && isWanted(topic, symbol.name)
        choice.wanted[key] = answer
        return answer
    }
}
