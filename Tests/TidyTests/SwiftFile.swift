import Foundation

/// A Swift file as its lines and as its code: the same lines with comments and the insides of texts blanked out.
struct SwiftFile: Sendable {
    let path: String
    let lines: [String]
    let code: [String]

    init(_ path: String, _ text: String) {
        self.path = path
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        var blanker = Blanker(text)
        code = blanker.blanked().split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    /// A function, initializer, deinitializer or subscript with its body.
    struct Function {
        let name: String
        /// From 0.
        let firstLine: Int
        let lastLine: Int
        var lineCount: Int { lastLine - firstLine + 1 }
    }

    /// Every function that has a body; one inside another counts for both.
    var functions: [Function] {
        code.indices.compactMap { line in
            guard SwiftFile.declarationWords.contains(where: { code[line].contains($0) }) else { return nil }
            guard let match = code[line].firstMatch(of: SwiftFile.declaration) else { return nil }
            guard let last = endOfBody(from: line) else { return nil }
            return Function(name: match.output.trimmingCharacters(in: .whitespaces), firstLine: line, lastLine: last)
        }
    }

    private static var declaration: Regex<Substring> {
        /\bfunc\s+\S+|(?:^|\s)init[?<(]|\bdeinit\b|\bsubscript[<(]/
    }

    /// Asked first: patterns are slow in a build without optimisation.
    private static let declarationWords = ["func ", "init", "subscript"]

    /// The line of the brace that closes the first body opened from `line` on; nil for a declaration without a body.
    private func endOfBody(from line: Int) -> Int? {
        var depth = 0
        var parentheses = 0
        for current in line..<code.count {
            for character in code[current] {
                switch character {
                case "(": parentheses += 1
                case ")": parentheses -= 1
                case "{": depth += 1
                case "}":
                    // The type ends: a requirement, which has no body.
                    if depth == 0 { return nil }
                    depth -= 1
                    if depth == 0, parentheses == 0 { return current }
                default: break
                }
            }
            let isDeclared = depth == 0 && parentheses == 0
            if isDeclared, current > line || !code[current].hasSuffix(","), startsAnew(after: current) { return nil }
        }
        return nil
    }

    /// Whether what follows a declared head is something else than its body.
    private func startsAnew(after line: Int) -> Bool {
        guard line + 1 < code.count else { return true }
        let next = code[line + 1].drop { $0 == " " }
        return !next.hasPrefix("{") && !next.hasPrefix("->") && !next.hasPrefix("where") && !next.hasPrefix(")")
    }
}

/// Replaces comments and the insides of texts by blanks; line ends stay. Knows `//`, `/* */`, `"…"`, `"""…"""` and
/// their raw forms with one or more `#`; what is interpolated counts as text.
private struct Blanker {
    private let text: [UInt8]
    private var place = 0
    private var result: [UInt8] = []

    init(_ text: String) {
        self.text = Array(text.utf8)
        result.reserveCapacity(self.text.count)
    }

    mutating func blanked() -> String {
        while place < text.count {
            switch text[place] {
            case UInt8(ascii: "/") where starts("//"): skip { $0.text[$0.place] == UInt8(ascii: "\n") }
            case UInt8(ascii: "/") where starts("/*"): skip { $0.starts("*/") }
            case UInt8(ascii: "\""), UInt8(ascii: "#"):
                if let mark = openingMark() { blankText(mark) } else { keep() }
            default: keep()
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private mutating func keep() {
        result.append(text[place])
        place += 1
    }

    private func starts(_ word: String) -> Bool {
        text[place...].starts(with: word.utf8)
    }

    private mutating func skip(until isEnd: (Blanker) -> Bool) {
        while place < text.count, !isEnd(self) { blank() }
    }

    private mutating func blank() {
        result.append(text[place] == UInt8(ascii: "\n") ? UInt8(ascii: "\n") : UInt8(ascii: " "))
        place += 1
    }

    /// What opens a text here: number signs, then one or three quotation marks.
    private func openingMark() -> (signs: Int, quotes: Int)? {
        var end = place
        while end < text.count, text[end] == UInt8(ascii: "#") { end += 1 }
        let signs = end - place
        guard end < text.count, text[end] == UInt8(ascii: "\"") else { return nil }
        let isLong = end + 2 < text.count && text[end + 1] == UInt8(ascii: "\"") && text[end + 2] == UInt8(ascii: "\"")
        return (signs, isLong ? 3 : 1)
    }

    private mutating func blankText(_ mark: (signs: Int, quotes: Int)) {
        let end = String(repeating: "\"", count: mark.quotes) + String(repeating: "#", count: mark.signs)
        let escape = "\\" + String(repeating: "#", count: mark.signs)
        for _ in 0..<mark.signs + mark.quotes { blank() }
        while place < text.count, text[place] != UInt8(ascii: "\"") || !starts(end) {
            guard text[place] == UInt8(ascii: "\\"), starts(escape) else {
                blank()
                continue
            }
            for _ in 0..<escape.count { blank() }
            guard place < text.count else { break }
            if text[place] == UInt8(ascii: "(") { blankInterpolation() } else { blank() }
        }
        for _ in 0..<min(end.count, text.count - place) { blank() }
    }

    /// From an opening parenthesis to the one that closes it; texts may stand inside.
    private mutating func blankInterpolation() {
        var depth = 0
        while place < text.count {
            if let mark = openingMark() {
                blankText(mark)
                continue
            }
            if text[place] == UInt8(ascii: "(") { depth += 1 }
            if text[place] == UInt8(ascii: ")") { depth -= 1 }
            blank()
            if depth == 0 { return }
        }
    }
}
