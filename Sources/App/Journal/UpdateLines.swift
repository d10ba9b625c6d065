internal import Analytics
internal import Journal
internal import Market
internal import Memory
internal import Updates
internal import Wire

/// Updates as lines of JSON: the topic, and the message as an endpoint publishes it.
struct UpdateLines: RecordLines {
    /// A slot whose layout this program knows.
    private struct Channel {
        let prefix: String
        let encoding: JSONEncoding
    }

    private let choice: JournalExport.Choice
    private var known: [JournalDefinition] = []
    private var channels: [UInt32: Channel] = [:]
    private var symbols: [UInt32: SymbolDefinition] = [:]

    init(_ choice: JournalExport.Choice) { self.choice = choice }

    var header: [UInt8] { [] }

    mutating func learn(_ definitions: [JournalDefinition]) {
        guard definitions != known else { return }
        known = definitions
        (channels, symbols) = ([:], [:])
        for definition in definitions {
            switch definition.kind {
            case .symbol: symbols[definition.key] = SymbolDefinition(definition.bytes)
            case .topic: channels[definition.key] = UpdateLines.channel(definition)
            default: continue
            }
        }
    }

    /// Nil where the journal comes from a program with other layouts.
    private static func channel(_ definition: JournalDefinition) -> Channel? {
        guard let topic = TopicDefinition(definition.bytes) else { return nil }
        let layout = AnalyticLayouts.all.first {
            $0.template == topic.template && $0.size == Int(topic.layoutSize)
        }
        return layout.map { Channel(prefix: topic.prefix, encoding: JSONEncoding($0)) }
    }

    /// An update whose topic, layout or symbol is not known cannot be read.
    struct UnknownRecord: Error, CustomStringConvertible {
        let position: UInt64
        let reason: String
        var description: String { "the update at position \(position) cannot be read: \(reason)" }
    }

    func append(_ records: RawSpan, from first: UInt64, to output: inout [UInt8]) throws {
        var position = first
        var buffer = ByteBuffer()
        try RecordReader.forEach(in: records) { head, update in
            defer { position += 1 }
            guard choice.takes(RecordReader.updateHead(of: update).end) else { return }
            guard let channel = channels[UInt32(head.slot)] else {
                throw UnknownRecord(position: position, reason: "its topic or its layout is unknown")
            }
            guard let known = symbols[head.symbol], let symbol = Symbol(known.name) else {
                throw UnknownRecord(position: position, reason: "its symbol is unknown")
            }
            guard choice.symbol == nil || choice.symbol == symbol.name else { return }
            let subject = Subject.symbol(symbol)
            let message = MessageHead(
                publishTime: Timestamp(nanoseconds: 0), position: position, publisher: 0,
                firstNumber: RecordReader.updateHead(of: update).number, sizeStep: known.sizeStep)
            buffer.removeAll()
            try channel.encoding.encode(update, of: subject, head: message, into: &buffer)
            let topic = Topic(prefix: channel.prefix, subject: subject).text
            output += "{\"topic\":\(JSONText.quoted(topic)),\"update\":".utf8
            output += buffer.withBytes { $0.array }
            output += "}\n".utf8
        }
    }
}
