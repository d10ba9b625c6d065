internal import Memory

/// What a number in records means: the symbol of an index, the topic of a slot.
///
/// A later definition of the same kind and key replaces an earlier one. All that hold are repeated at the head of every
/// segment, so that old segments can go.
public struct JournalDefinition: Hashable, Sendable {
    /// What is defined; others than these may be used, from 128 on.
    public struct Kind: RawRepresentable, Hashable, Sendable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        /// The symbol of an index: `SymbolDefinition`.
        public static let symbol = Kind(rawValue: 1)
        /// The topic of a slot: `TopicDefinition`.
        public static let topic = Kind(rawValue: 2)
        /// The change of settings that a control event's index names.
        public static let control = Kind(rawValue: 3)
        /// What the journal records, as a name.
        public static let source = Kind(rawValue: 4)
    }

    public let kind: Kind
    public let key: UInt32
    public let bytes: [UInt8]

    public init(kind: Kind, key: UInt32, bytes: [UInt8]) {
        self.kind = kind
        self.key = key
        self.bytes = bytes
    }

    /// Bytes in a batch of definitions: a head of 16, the bytes, padding to 8.
    var encodedByteCount: Int { 16 + (bytes.count + 7) & ~7 }

    func encode(into buffer: inout ByteBuffer) {
        buffer.append(UInt32(kind.rawValue))
        buffer.append(key)
        buffer.append(UInt64(bytes.count))
        bytes.withRawSpan { buffer.append($0) }
        while buffer.count % 8 != 0 { buffer.append(UInt8(0)) }
    }

    /// Definitions one behind the other, as a segment holds them.
    public static func encode(_ definitions: [JournalDefinition]) -> [UInt8] {
        var buffer = ByteBuffer(capacity: 1 << 10)
        for definition in definitions { definition.encode(into: &buffer) }
        return buffer.withBytes { $0.array }
    }

    /// What `encode` has written; nil where the bytes are something else.
    public static func decode(_ bytes: [UInt8]) -> [JournalDefinition]? {
        bytes.withRawSpan { span in
            var definitions: [JournalDefinition] = []
            var offset = 0
            while offset < span.byteCount {
                guard let definition = JournalDefinition.decode(span, at: offset) else { return nil }
                definitions.append(definition)
                offset += definition.encodedByteCount
            }
            return offset == span.byteCount ? definitions : nil
        }
    }

    /// The definition at an offset; nil where the bytes hold none.
    static func decode(_ bytes: RawSpan, at offset: Int) -> JournalDefinition? {
        guard offset + 16 <= bytes.byteCount else { return nil }
        let kind: UInt32 = bytes.integer(at: offset)
        let count: UInt64 = bytes.integer(at: offset + 8)
        guard let kind = UInt8(exactly: kind), count <= UInt64(JournalLimits.definition) else { return nil }
        let end = offset + 16 + Int(count)
        guard end <= bytes.byteCount else { return nil }
        return JournalDefinition(
            kind: Kind(rawValue: kind), key: bytes.integer(at: offset + 4),
            bytes: bytes.extracting(offset + 16..<end).array)
    }
}

/// The definitions that hold at one place of a journal, in the order in which their keys came first.
struct DefinitionTable: Sendable {
    private struct Key: Hashable {
        let kind: JournalDefinition.Kind
        let key: UInt32
    }

    private(set) var list: [JournalDefinition] = []
    private var places: [Key: Int] = [:]
    /// Of all of them as they stand in a batch.
    private(set) var encodedByteCount = 0

    func holds(_ definition: JournalDefinition) -> Bool {
        places[Key(kind: definition.kind, key: definition.key)].map { list[$0] == definition } ?? false
    }

    /// What all would take with some more.
    func byteCount(with news: [JournalDefinition]) -> Int {
        news.reduce(encodedByteCount) { sum, definition in
            let place = places[Key(kind: definition.kind, key: definition.key)]
            return sum + definition.encodedByteCount - (place.map { list[$0].encodedByteCount } ?? 0)
        }
    }

    mutating func apply(_ definition: JournalDefinition) {
        let key = Key(kind: definition.kind, key: definition.key)
        encodedByteCount += definition.encodedByteCount
        if let place = places[key] {
            encodedByteCount -= list[place].encodedByteCount
            list[place] = definition
        } else {
            places[key] = list.count
            list.append(definition)
        }
    }

    /// Takes a batch of definitions; false where its bytes hold something else.
    mutating func apply(_ bytes: RawSpan, count: Int) -> Bool {
        var offset = 0
        for _ in 0..<count {
            guard let definition = JournalDefinition.decode(bytes, at: offset) else { return false }
            apply(definition)
            offset += definition.encodedByteCount
        }
        return offset == bytes.byteCount
    }
}
