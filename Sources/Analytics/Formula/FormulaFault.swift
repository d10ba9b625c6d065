/// Why a text is no formula: where, what, and what would be right.
public struct FormulaFault: Error, Equatable, Sendable, CustomStringConvertible {
    /// From 1, as an editor counts; a column is one Unicode scalar.
    public let line: Int
    public let column: Int
    public let problem: String
    public let remedy: String

    /// `offset` counts bytes of `text` in UTF-8.
    init(_ text: [UInt8], at offset: Int, _ problem: String, _ remedy: String) {
        var (line, column) = (1, 1)
        for byte in text.prefix(offset) {
            if byte == 10 {
                (line, column) = (line + 1, 1)
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        (self.line, self.column, self.problem, self.remedy) = (line, column, problem, remedy)
    }

    /// `column 7` in a formula of one line.
    public var place: String { line == 1 ? "column \(column)" : "line \(line), column \(column)" }
    public var description: String { "\(place): \(problem). \(remedy)" }
}
