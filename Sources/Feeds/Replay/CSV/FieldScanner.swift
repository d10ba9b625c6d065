/// Cuts a line of a CSV into fields, with quotes as in RFC 4180: no allocation per field but for quotes inside quotes.
struct FieldScanner {
    /// More columns than this are not cut; a line then has this many fields.
    static let fieldLimit = 256
    private static let quote = UInt8(ascii: "\"")

    private struct Field {
        let start: Int
        let end: Int
        /// Quotes stand doubled inside.
        let isEscaped: Bool
    }

    let delimiter: UInt8
    private var fields: [Field] = []

    init(delimiter: UInt8) {
        self.delimiter = delimiter
        fields.reserveCapacity(32)
    }

    var count: Int { fields.count }

    /// Cuts a line; the fields are good for this line until the next call.
    mutating func scan(_ line: Span<UInt8>) throws(FaultReason) {
        fields.removeAll(keepingCapacity: true)
        var start = 0
        while fields.count < Self.fieldLimit {
            if start < line.count, line[start] == Self.quote {
                start = try scanQuoted(line, start + 1)
            } else {
                var end = start
                while end < line.count, line[end] != delimiter { end += 1 }
                fields.append(Field(start: start, end: end, isEscaped: false))
                start = end
            }
            guard start < line.count else { return }
            start += 1
        }
    }

    /// Takes a field whose quote opened before `start`, and returns the place of the delimiter behind it.
    private mutating func scanQuoted(_ line: Span<UInt8>, _ start: Int) throws(FaultReason) -> Int {
        var end = start
        var isEscaped = false
        while true {
            guard end < line.count else { throw .openQuote }
            if line[end] == Self.quote {
                guard end + 1 < line.count, line[end + 1] == Self.quote else { break }
                isEscaped = true
                end += 1
            }
            end += 1
        }
        fields.append(Field(start: start, end: end, isEscaped: isEscaped))
        var next = end + 1
        while next < line.count, line[next] != delimiter { next += 1 }
        return next
    }

    /// Lends a field of the line that was cut last, without blanks around it; an empty text beyond the last field.
    func withField<Result, Failure: Error>(
        _ index: Int, of line: Span<UInt8>, _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        guard index < fields.count else { return try body(line.extracting(0..<0)) }
        let field = fields[index]
        if field.isEscaped {
            var text: [UInt8] = []
            var place = field.start
            while place < field.end {
                text.append(line[place])
                place += line[place] == Self.quote ? 2 : 1
            }
            return try body(text.span)
        }
        var start = field.start
        var end = field.end
        while start < end, line[start] == 32 || line[start] == 9 { start += 1 }
        while end > start, line[end - 1] == 32 || line[end - 1] == 9 { end -= 1 }
        return try body(line.extracting(start..<end))
    }

    /// A field as text, for headings.
    func text(_ index: Int, of line: Span<UInt8>) -> String {
        withField(index, of: line) { field in String(decoding: field.indices.map { field[$0] }, as: UTF8.self) }
    }
}
