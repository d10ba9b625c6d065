public import Journal
public import Memory

/// The last number of each symbol's topics at one place of a journal of updates, by names: what a start needs of
/// everything before that place, and what a symbol takes along to another journal.
///
/// It lies in a file beside the journal's segments, so that a start reads only what lies behind it, and so that numbers
/// outlive the records that bore them.
public struct LastNumbers: Equatable, Sendable {
    /// One symbol with its numbers, in the order of the topics; 0 where it has published none.
    public struct Line: Equatable, Sendable {
        public let symbol: SymbolDefinition
        public internal(set) var numbers: [UInt64]
    }

    /// Everything up to here is in the numbers.
    public let place: JournalPlace
    public private(set) var topics: [TopicDefinition]
    public private(set) var lines: [Line]

    init(place: JournalPlace, topics: [TopicDefinition], lines: [Line]) {
        self.place = place
        self.topics = topics
        self.lines = lines
    }

    /// What is known at a place of a journal with these definitions.
    init(_ known: KnownNumbers, at place: JournalPlace, _ definitions: [JournalDefinition]) {
        let topics = JournalTopics(definitions).topics
        self.init(
            place: place, topics: topics,
            lines: definitions.filter { $0.kind == .symbol }.sorted { $0.key < $1.key }.compactMap { definition in
                guard let symbol = SymbolDefinition(definition.bytes) else { return nil }
                let numbers = known[Int(definition.key)].prefix(topics.count)
                return Line(
                    symbol: symbol, numbers: numbers + [UInt64](repeating: 0, count: topics.count - numbers.count))
            })
    }

    /// Those of a journal that nobody writes at the moment: from its file and what lies behind it.
    /// - Parameter tell: learns why a file that is there is not used.
    public init(of folder: String, tell: (String) -> Void) throws {
        var reader = try JournalReader(opening: folder)
        let end = JournalPlace(journal: reader.id, position: reader.head)
        let definitions = try reader.lastDefinitions()
        let kept = LastNumbers.kept(in: folder, upTo: end, tell: tell)
        var known = KnownNumbers()
        var topics = JournalTopics(definitions)
        var symbols = definitions.filter { $0.kind == .symbol }
        if let kept {
            topics.add(kept.topics)
            symbols += kept.unknown(to: definitions)
            kept.fill(&known, symbols, topics)
        }
        try known.read(behind: kept?.place.position ?? 0, in: folder)
        self.init(known, at: end, symbols + topics.definitions)
    }

    // MARK: Moving

    /// Takes symbols out: from now on their numbers are somebody else's.
    public mutating func take(_ names: Set<String>) -> LastNumbers {
        let taken = lines.filter { names.contains($0.symbol.name) }
        lines.removeAll { names.contains($0.symbol.name) }
        return LastNumbers(place: place, topics: topics, lines: taken)
    }

    /// Puts symbols of another journal in; of one that is known the higher numbers hold.
    public mutating func put(_ others: LastNumbers) {
        for topic in others.topics where !topics.contains(topic) { topics.append(topic) }
        for line in lines.indices { lines[line].numbers += zeros(topics.count - lines[line].numbers.count) }
        let slots = others.topics.map { topic in topics.firstIndex(of: topic) }
        for other in others.lines {
            let line = lines.firstIndex { $0.symbol.name == other.symbol.name } ?? lines.count
            if line == lines.count { lines.append(Line(symbol: other.symbol, numbers: zeros(topics.count))) }
            for (slot, number) in zip(slots, other.numbers) {
                guard let slot else { continue }
                lines[line].numbers[slot] = max(lines[line].numbers[slot], number)
            }
        }
    }

    private func zeros(_ count: Int) -> [UInt64] { [UInt64](repeating: 0, count: count) }

    // MARK: Into a journal

    /// What must be defined so that every symbol has an index.
    func unknown(to definitions: [JournalDefinition]) -> [JournalDefinition] {
        let symbols = definitions.filter { $0.kind == .symbol }
        let names = Set(symbols.compactMap { SymbolDefinition($0.bytes)?.name })
        let next = (symbols.map(\.key).max()).map { $0 + 1 } ?? 0
        return lines.filter { !names.contains($0.symbol.name) }.enumerated().map { place, line in
            line.symbol.definition(of: next + UInt32(place))
        }
    }

    /// Tells the numbers by the indices and slots of a journal.
    func fill(_ known: inout KnownNumbers, _ symbols: [JournalDefinition], _ topics: JournalTopics) {
        let slots = self.topics.map { topic in topics.topics.firstIndex(of: topic) }
        let byName = Dictionary(lines.map { ($0.symbol.name, $0.numbers) }) { first, _ in first }
        for definition in symbols {
            guard let name = SymbolDefinition(definition.bytes)?.name, let numbers = byName[name] else { continue }
            for (slot, number) in zip(slots, numbers) where number > 0 {
                if let slot { known.note(number, symbol: Int(definition.key), slot: slot) }
            }
        }
    }
}

// MARK: The file

extension LastNumbers {
    /// Beside the segments.
    static let fileName = "numbers"
    private static let magic: UInt64 = 0x4D55_4E52_4C4C_494D
    private static let version: UInt32 = 1
    private static let headSize = 40

    /// Writes the file; the journal must be safe up to the place.
    public func write(in folder: String) throws(FileError) {
        try WholeFile.write(bytes, named: LastNumbers.fileName, in: folder)
    }

    /// What the file of a journal holds; nil, and the reason told, where it is none of the journal's as it is now.
    static func kept(in folder: String, upTo end: JournalPlace, tell: (String) -> Void) -> LastNumbers? {
        let path = "\(folder)/\(fileName)"
        guard StoredFolder.exists(path) else { return nil }
        func refuse(_ reason: String) -> LastNumbers? {
            tell("\(path) is not used, the journal itself is read: \(reason)")
            return nil
        }
        do throws(FileError) {
            guard let kept = LastNumbers(try WholeFile.read(path)) else { return refuse("it is damaged") }
            guard kept.place.journal == end.journal else {
                return refuse("it is of \(kept.place), and the journal's id is \(String(end.journal, radix: 16))")
            }
            guard kept.place.position <= end.position else {
                return refuse("it is of position \(kept.place.position), and the journal ends at \(end.position)")
            }
            return kept
        } catch { return refuse("\(error)") }
    }

    /// The whole file; docs/journal.md has its layout.
    var bytes: [UInt8] {
        var buffer = ByteBuffer()
        buffer.append(LastNumbers.magic)
        buffer.append(LastNumbers.version, UInt32(topics.count), UInt64(lines.count))
        buffer.append(place.journal)
        buffer.append(place.position)
        for topic in topics { LastNumbers.append(topic.bytes, to: &buffer) }
        for line in lines {
            LastNumbers.append(line.symbol.bytes, to: &buffer)
            for number in line.numbers { buffer.append(number) }
        }
        buffer.append(buffer.withBytes { Checksum.castagnoli($0) })
        return buffer.withBytes { $0.array }
    }

    private static func append(_ bytes: [UInt8], to buffer: inout ByteBuffer) {
        buffer.append(UInt32(bytes.count))
        bytes.withRawSpan { buffer.append($0) }
    }

    /// Nil where the bytes are no whole file.
    init?(_ file: [UInt8]) {
        let read = file.withRawSpan { LastNumbers.decode($0) }
        guard let read else { return nil }
        self = read
    }

    private static func decode(_ file: RawSpan) -> LastNumbers? {
        let end = file.byteCount - 4
        guard end >= headSize, file.integer(at: end) == Checksum.castagnoli(file.extracting(0..<end)),
            file.integer(at: 0) == magic, file.integer(at: 8) == version
        else { return nil }
        let (topicCount, lineCount) = (
            Int(file.integer(at: 12, as: UInt32.self)), file.integer(at: 16, as: UInt64.self)
        )
        var offset = headSize
        func text() -> [UInt8]? {
            guard offset + 4 <= end else { return nil }
            let count = Int(file.integer(at: offset, as: UInt32.self))
            guard count <= end - offset - 4 else { return nil }
            defer { offset += 4 + count }
            return file.extracting(offset + 4..<offset + 4 + count).array
        }
        var topics: [TopicDefinition] = []
        for _ in 0..<topicCount {
            guard let topic = text().flatMap({ TopicDefinition($0) }) else { return nil }
            topics.append(topic)
        }
        var lines: [Line] = []
        for _ in 0..<lineCount {
            guard let symbol = text().flatMap({ SymbolDefinition($0) }), topicCount * 8 <= end - offset else {
                return nil
            }
            lines.append(
                Line(symbol: symbol, numbers: (0..<topicCount).map { file.integer(at: offset + $0 * 8) }))
            offset += topicCount * 8
        }
        guard offset == end else { return nil }
        let place = JournalPlace(journal: file.integer(at: 24), position: file.integer(at: 32))
        return LastNumbers(place: place, topics: topics, lines: lines)
    }
}
