internal import Market
internal import Memory
public import Updates

/// What docs/topics.md says of one kind of update.
public struct TopicSection: Sendable {
    public let layout: UpdateLayout
    /// The topics on which the kind comes, with their variants named: `candle/WIDTH/SYMBOL/`.
    public let patterns: [String]
    /// Paragraphs by hand: when the kind comes, what a reader must know.
    public let remarks: String
    public let example: TopicExample

    public init(_ layout: UpdateLayout, patterns: [String], remarks: String, example: TopicExample) {
        self.layout = layout
        self.patterns = patterns
        self.remarks = remarks
        self.example = example
    }
}

/// A message to show.
public struct TopicExample: Sendable {
    /// Kind and variants, ending in a slash.
    public let prefix: String
    public let subject: Subject
    public let head: MessageHead
    /// Head, body and groups.
    public let update: [UInt8]

    public init(prefix: String, subject: Subject, head: MessageHead, update: [UInt8]) {
        self.prefix = prefix
        self.subject = subject
        self.head = head
        self.update = update
    }
}

/// The document of all topics, written from the layouts, so that it cannot say what the program does not do.
public enum TopicsDocument {
    /// - Throws: When an example is no update of its section's layout.
    public static func text(_ sections: [TopicSection]) throws(WireError) -> String {
        var text = introduction
        for section in sections {
            text += "- [\(section.layout.kind)](#\(section.layout.kind)): \(section.layout.meaning)\n"
        }
        for section in sections { text += try chapter(section) }
        return text
    }

    private static let introduction = """
        # Topics

        A topic is `kind/variant…/SYMBOL/`: it ends in a slash, and the symbol is percent-encoded (`BTC%2FUSD`).
        Subscribe to any prefix: `candle/` is all candles, `candle/1m/` those of a minute, `candle/1m/ES/` one symbol's.
        The topics of a node carry its name in place of a symbol. This document is written by the program; the framing,
        the numbers and the binary encoding are in [wire/README.md](wire/README.md).

        Every message of every topic begins with these members:

        | member | meaning |
        |---|---|
        | `kind` | The topic's first part. |
        | `symbol` | The symbol as its venue writes it; a node's topic has `node` instead. |
        | `number` | The update's count on its topic, from 1. A step of more than 1 is a hole. |
        | `revision` | 0 for the first final value of a window; each later one adds 1. Live values carry the \
        coming revision. |
        | `final` | Whether the window is closed. |
        | `start`, `end` | The window, half-open, in venue time. |
        | `quality` | `coverage` (0 to 1: the part of the window without declared gaps), \
        `gapSeconds`, `inferredShare` (of signed volume, the part whose side no venue flag told; null where none \
        was signed), `bookState` (`none`, `whole`, `resyncing`, `crossed`). |
        | `reason` | Only where an update stands in place of an earlier one: `live`, `late`, `corrected`, `cancelled`. |
        | `flags` | Only where one is set: `inputRevised` (the input was corrected afterwards), \
        `approximate` (a correction could not be applied exactly), `coarsened` (rows were merged). |
        | `publishTime`, `position`, `publisher` | Of the message, not of the update: when and where it was published. |


        """

    private static func chapter(_ section: TopicSection) throws(WireError) -> String {
        let layout = section.layout
        var text = "\n## \(layout.kind)\n\n\(layout.meaning)\n\n"
        text += section.patterns.map { "`\($0)`" }.joined(separator: ", ") + " · template \(layout.template)\n\n"
        if !section.remarks.isEmpty { text += section.remarks + "\n\n" }
        text += table(layout.fields)
        for group in layout.groups {
            text += "\n`\(group.name)` is an array of objects:\n\n" + table(group.fields)
        }
        let topic = Topic(prefix: section.example.prefix, subject: section.example.subject).text
        return text + "\nAn example, on `\(topic)`:\n\n```json\n" + (try message(section)) + "\n```\n"
    }

    private static func table(_ fields: [UpdateField]) -> String {
        fields.reduce("| member | type | meaning |\n|---|---|---|\n") { rows, field in
            rows + "| `\(field.name)` | \(type(field.type)) | \(field.meaning) |\n"
        }
    }

    private static func type(_ type: FieldType) -> String {
        switch type {
        case .price: "price, or null"
        case .quantity: "size"
        case .count: "integer"
        case .real: "number, or null"
        case .time: "time, or null"
        case .flag: "true or false"
        case .choice(let names): names.map { "`\($0)`" }.joined(separator: ", ")
        case .marks(let names): "array of " + names.map { "`\($0)`" }.joined(separator: ", ")
        }
    }

    private static func message(_ section: TopicSection) throws(WireError) -> String {
        let (example, encoding) = (section.example, JSONEncoding(section.layout))
        var buffer = ByteBuffer()
        try example.update.withRawSpan { (update) throws(WireError) in
            try encoding.encode(update, of: example.subject, head: example.head, into: &buffer)
        }
        return buffer.withBytes { String(decoding: $0.array, as: UTF8.self) }
    }
}

extension Heartbeat {
    /// The heartbeat's own section.
    public static var section: TopicSection {
        let time = Timestamp(nanoseconds: 1_723_161_255_000_000_000)
        let head = UpdateHead(
            number: 3_600, start: time + -Timestamp.second, end: time, revision: 0, final: true, reason: .none,
            quality: .whole)
        let body = Heartbeat(
            headPosition: 91_200, updates: 91_200, messages: 94_800, byteCount: 43_130_112, subscriptions: 4)
        var update = ByteBuffer()
        update.append(head)
        update.append(body)
        return TopicSection(
            layout, patterns: ["heartbeat/NODE/"],
            remarks: """
                Comes each second for every symbols node at every endpoint, also when nothing else does. Whoever reads
                all topics and knows a lower position than `position` has lost the tail. `headPosition` is the last
                update's, and what a lossless reader goes by.
                """,
            example: TopicExample(
                prefix: "\(kind)/", subject: .node("flow"),
                head: MessageHead(
                    publishTime: time, position: 91_200, publisher: 0x9F86_D081_884C_7D65, firstNumber: 3_600,
                    sizeStep: 1),
                update: update.withBytes { $0.array }))
    }
}
