internal import Journal
internal import Market
internal import Memory
internal import Updates

/// What comes back: records, what their indices mean, and how the journal stands.
struct LinkAnswer {
    enum Status: UInt16 {
        /// Records, or none for now.
        case whole = 0
        /// The journal is not open yet; ask again.
        case waiting = 1
        /// Another process reads under the same name; ask again, and give up when it goes on.
        case taken = 2
        /// The position asked for has been let go; the journal begins with `oldest`.
        case trimmed = 3
        /// The position asked for is behind the journal's end, `head`.
        case ahead = 4
        /// The question cannot be answered; the text says why.
        case refused = 5
    }

    static let headSize = 112
    static let ended: UInt32 = 1

    var status: Status
    var isEnded = false
    var number: UInt64
    var journal: UInt64 = 0
    /// Of the writer's process, new at every start.
    var run: UInt64 = 0
    /// Where the journal ended when that run opened it.
    var beginning: UInt64 = 0
    var oldest: UInt64 = 0
    var head: UInt64 = 0
    var synced: UInt64 = 0
    /// The writer's wall clock.
    var now = Timestamp(nanoseconds: 0)
    /// The positions that the records span; those of symbols that the reader does not want are left out.
    var first: UInt64 = 0
    var last: UInt64 = 0
    var count = 0
    var earliest = Timestamp(nanoseconds: 0)
    var latest = Timestamp(nanoseconds: 0)
    /// The definitions from this one on are as they come here, and no more than these.
    var definitionsFrom = 0
    var definitions: [JournalDefinition] = []
    var records: [UInt8] = []
    var text = ""

    init(_ status: Status, to number: UInt64) {
        self.status = status
        self.number = number
    }

    var frames: [[UInt8]] {
        var buffer = ByteBuffer(capacity: 128)
        buffer.append(LinkQuestion.version)
        buffer.append(status.rawValue)
        buffer.append(isEnded ? LinkAnswer.ended : 0)
        for value in [number, journal, run, oldest, head, synced] { buffer.append(value) }
        buffer.append(now.nanoseconds)
        buffer.append(first)
        buffer.append(last)
        buffer.append(earliest.nanoseconds)
        buffer.append(latest.nanoseconds)
        buffer.append(UInt32(count))
        buffer.append(UInt32(definitionsFrom))
        buffer.append(beginning)
        let extra = status == .refused ? Array(text.utf8) : JournalDefinition.encode(definitions)
        return [buffer.withBytes { $0.array }, extra, records]
    }

    /// Nil where the frames are no answer of this version; a refusal is understood in all of them.
    init?(_ frames: [[UInt8]]) {
        guard frames.count == 3, frames[0].count >= 16 else { return nil }
        let read: LinkAnswer? = frames[0].withRawSpan { bytes in
            guard let status = Status(rawValue: bytes.integer(at: 2)) else { return nil }
            var answer = LinkAnswer(status, to: bytes.integer(at: 8))
            if status == .refused {
                answer.text = String(decoding: frames[1], as: UTF8.self)
                return answer
            }
            guard bytes.integer(at: 0, as: UInt16.self) == LinkQuestion.version,
                bytes.byteCount == LinkAnswer.headSize
            else { return nil }
            answer.read(bytes)
            return answer
        }
        guard var read else { return nil }
        if read.status != .refused {
            guard let definitions = JournalDefinition.decode(frames[1]) else { return nil }
            read.definitions = definitions
        }
        read.records = frames[2]
        self = read
    }

    private mutating func read(_ bytes: RawSpan) {
        isEnded = bytes.integer(at: 4, as: UInt32.self) & LinkAnswer.ended != 0
        journal = bytes.integer(at: 16)
        run = bytes.integer(at: 24)
        oldest = bytes.integer(at: 32)
        head = bytes.integer(at: 40)
        synced = bytes.integer(at: 48)
        now = Timestamp(nanoseconds: bytes.integer(at: 56))
        first = bytes.integer(at: 64)
        last = bytes.integer(at: 72)
        earliest = Timestamp(nanoseconds: bytes.integer(at: 80))
        latest = Timestamp(nanoseconds: bytes.integer(at: 88))
        count = Int(bytes.integer(at: 96, as: UInt32.self))
        definitionsFrom = Int(bytes.integer(at: 100, as: UInt32.self))
        beginning = bytes.integer(at: 104)
    }

    /// Whether the records are as many as it says, of the journal's kind, and within the positions that they span.
    func isSound(for content: JournalContent) -> Bool {
        guard first > 0, last >= first - 1, UInt64(count) <= last - (first - 1) else { return false }
        guard definitions.allSatisfy({ $0.kind != .symbol || $0.key < LinkLimits.symbols }) else { return false }
        switch content {
        case .events: return records.count == count * MemoryLayout<MarketEvent>.size
        case .updates:
            return records.withRawSpan { bytes in
                var offset = 0
                for _ in 0..<count {
                    guard offset + RecordHead.size <= bytes.byteCount else { return false }
                    let length = Int(RecordReader.head(in: bytes, at: offset).length)
                    guard length >= RecordHead.size, length <= bytes.byteCount - offset else { return false }
                    offset += length
                }
                return offset == bytes.byteCount
            }
        }
    }
}
