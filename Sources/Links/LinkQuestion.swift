internal import Memory

/// What a reader asks of another process: what follows a position of one of its journals.
struct LinkQuestion: Equatable {
    /// The version of questions and answers.
    static let version: UInt16 = 2
    /// The longest name of a node with its shard, in bytes.
    static let nameLimit = 128
    static let fixedSize = 64

    /// Says that everything is taken and kept; the answer only says that it was heard.
    static let leaving: UInt32 = 1
    /// Asks for what the journal is like, without records.
    static let looking: UInt32 = 2

    var version = LinkQuestion.version
    /// The version of the updates' binary form.
    var wire: UInt16
    var flags: UInt32 = 0
    /// Counts the questions of one reader.
    var number: UInt64
    /// Of the reader's process, new at every start.
    var token: UInt64
    /// The journal's id as the reader knows it; 0 where it knows none.
    var journal: UInt64
    /// The position behind which records are wanted.
    var after: UInt64
    /// Up to here nothing is needed any more, even after a crash.
    var held: UInt64
    /// Definitions that the reader has.
    var known: UInt32
    /// Bytes of records at most, but one batch at least.
    var byteLimit: UInt32
    /// How long an answer may take when there is nothing, in milliseconds.
    var patience: UInt32
    /// 1 for events, 2 for updates.
    var content: UInt32
    var name: String
    var reader: String

    var bytes: [UInt8] {
        var buffer = ByteBuffer(capacity: 256)
        buffer.append(version)
        buffer.append(wire)
        buffer.append(flags)
        for value in [number, token, journal, after, held] { buffer.append(value) }
        for value in [known, byteLimit, patience, content] { buffer.append(value) }
        for text in [name, reader] {
            buffer.append(UInt16(text.utf8.count))
            Array(text.utf8).withRawSpan { buffer.append($0) }
        }
        return buffer.withBytes { $0.array }
    }

    init(
        wire: UInt16, number: UInt64, token: UInt64, name: String, reader: String, content: UInt32, byteLimit: UInt32,
        patience: UInt32
    ) {
        (self.wire, self.number, self.token, self.name, self.reader) = (wire, number, token, name, reader)
        (self.content, self.byteLimit, self.patience) = (content, byteLimit, patience)
        (journal, after, held, known) = (0, 0, 0, 0)
    }

    /// Nil where the bytes are no question; of another version only the version is right.
    init?(_ message: [UInt8]) {
        guard message.count >= 8 else { return nil }
        let read: LinkQuestion? = message.withRawSpan { bytes in
            let version: UInt16 = bytes.integer(at: 0)
            guard version == LinkQuestion.version, bytes.byteCount >= LinkQuestion.fixedSize else {
                return LinkQuestion(version: version)
            }
            func texts() -> (String, String)? {
                guard let (name, end) = LinkQuestion.text(bytes, at: LinkQuestion.fixedSize),
                    let (reader, last) = LinkQuestion.text(bytes, at: end), last == bytes.byteCount
                else { return nil }
                return (name, reader)
            }
            guard let (name, reader) = texts() else { return nil }
            var question = LinkQuestion(
                wire: bytes.integer(at: 2), number: bytes.integer(at: 8), token: bytes.integer(at: 16), name: name,
                reader: reader, content: bytes.integer(at: 60), byteLimit: bytes.integer(at: 52),
                patience: bytes.integer(at: 56))
            question.flags = bytes.integer(at: 4)
            question.journal = bytes.integer(at: 24)
            question.after = bytes.integer(at: 32)
            question.held = bytes.integer(at: 40)
            question.known = bytes.integer(at: 48)
            return question
        }
        guard let read else { return nil }
        self = read
    }

    private init(version: UInt16) {
        self.init(wire: 0, number: 0, token: 0, name: "", reader: "", content: 0, byteLimit: 0, patience: 0)
        self.version = version
    }

    private static func text(_ bytes: RawSpan, at offset: Int) -> (String, Int)? {
        guard offset + 2 <= bytes.byteCount else { return nil }
        let count = Int(bytes.integer(at: offset, as: UInt16.self))
        let end = offset + 2 + count
        guard count <= nameLimit, end <= bytes.byteCount,
            let text = String(validating: bytes.extracting(offset + 2..<end).array, as: UTF8.self)
        else { return nil }
        return (text, end)
    }
}
