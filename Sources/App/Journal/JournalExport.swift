internal import Journal
internal import Market
internal import Memory
internal import Updates

/// Prints the records of a journal, one a line.
struct JournalExport {
    /// Lines are written to the output in pieces of about this size.
    private static let pieceSize = 1 << 18

    enum Format: String { case csv, jsonl }

    /// Which records, and how.
    struct Choice {
        var format: Format?
        var symbol: String?
        var from: Timestamp?
        var to: Timestamp?
        var after: Int?

        init(_ arguments: inout Arguments) throws {
            if let text = try arguments.takeValue("--format") {
                guard let format = Format(rawValue: text) else { throw UsageError("--format is csv or jsonl") }
                self.format = format
            }
            symbol = try arguments.takeValue("--symbol")
            from = try Choice.time("--from", &arguments)
            to = try Choice.time("--to", &arguments)
            after = try arguments.takeNumber("--after", in: 0...Int.max)
        }

        private static func time(_ name: String, _ arguments: inout Arguments) throws -> Timestamp? {
            guard let text = try arguments.takeValue(name) else { return nil }
            guard let time = Timestamp(text: text) else {
                throw UsageError("\(name) wants a time such as 2026-03-09 or 2026-03-09T13:30:00Z")
            }
            return time
        }

        var isEmpty: Bool { format == nil && symbol == nil && from == nil && to == nil && after == nil }

        /// Whether a venue time is wanted.
        func takes(_ time: Timestamp) -> Bool {
            if let from, time < from { return false }
            if let to, time >= to { return false }
            return true
        }
    }

    let folder: String
    let choice: Choice

    func run() throws {
        var reader = try JournalReader(opening: folder)
        if let after = choice.after { try reader.seek(behind: UInt64(after)) }
        switch reader.content {
        case .events: try print(&reader, EventLines(choice))
        case .updates:
            guard choice.format != .csv else { throw UsageError("updates are exported as jsonl only") }
            try print(&reader, UpdateLines(choice))
        }
    }

    private func print(_ reader: inout JournalReader, _ lines: some RecordLines) throws {
        var lines = lines
        var output = lines.header
        let head = reader.head
        while reader.position < head {
            // The names that hold for a batch are known once it was lent: the batch is kept until then.
            var batch: (first: UInt64, bytes: [UInt8])?
            guard try reader.next({ batch = ($0.first, $1.array) }), let batch else { break }
            lines.learn(reader.definitions)
            try batch.bytes.withRawSpan { bytes in try lines.append(bytes, from: batch.first, to: &output) }
            if output.count >= JournalExport.pieceSize {
                try Terminal.write(String(decoding: output, as: UTF8.self))
                output.removeAll(keepingCapacity: true)
            }
        }
        try Terminal.write(String(decoding: output, as: UTF8.self))
    }
}

/// Turns the records of one kind of journal into lines.
protocol RecordLines {
    /// What comes before the first.
    var header: [UInt8] { get }
    /// The definitions that hold for the batch that comes next; called before each.
    mutating func learn(_ definitions: [JournalDefinition])
    mutating func append(_ records: RawSpan, from first: UInt64, to output: inout [UInt8]) throws
}
