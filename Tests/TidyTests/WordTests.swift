import Foundation
import Testing

/// Words that say nothing, and marks of unfinished work.
@Suite struct Words {
    /// Words that no name may hold, and what to write instead.
    private static let banned: [String: String] = [
        "Manager": "what it does: SymbolActor, Catalogue, Roster",
        "Handler": "the verb: receive, decode, draw",
        "Helper": "the function's own place",
        "Helpers": "the function's own place",
        "Util": "the function's own place",
        "Utils": "the function's own place",
        "Utility": "the function's own place",
        "Utilities": "the function's own place",
        "Processor": "the value that it is: SymbolState, VolumeProfile",
        "Factory": "Catalogue, or an initializer",
        "Registry": "Catalogue",
        "Provider": "Source, Catalogue",
        "Wrapper": "the thing itself",
        "Mock": "what it does: ManualClock, RecordingSink",
        "Stub": "what it does: ManualClock, RecordingSink",
        "Impl": "the name without it",
        "Misc": "one idea per file",
    ]

    /// Words that no type may end in: as a part of something they can mean something.
    private static let bannedTypeEndings: [String: String] = [
        "Data": "what it is: Payload, Recording, Rows",
        "Info": "what it says: Counts, Origin, Head",
        "Base": "a protocol or a plain value",
        "Object": "what it is",
    ]

    /// Types that may keep such an ending, with the reason.
    private static let allowedTypes: Set<String> = [
        "SettingsObject"  // a JSON object, as JSON itself calls it
    ]

    private static var declaration: Regex<(Substring, Substring, Substring)> {
        /\b(func|var|let|case|struct|class|enum|actor|protocol|typealias|associatedtype) +`?(\w+)/
    }

    @Test func `no name holds a word that says nothing`() throws {
        var findings: [Finding] = []
        for file in try Repository.swiftFiles() {
            let name = String(file.path.split(separator: "/").last?.prefix { $0 != "." && $0 != "+" } ?? "")
            findings += Self.objections(to: name, isType: true).map { Finding(path: file.path, line: 0, text: $0) }
            for (index, code) in file.code.enumerated() where Self.mayHold(code) {
                for match in code.matches(of: Self.declaration) {
                    let isType = match.2.first?.isUppercase == true
                    findings += Self.objections(to: String(match.2), isType: isType).map {
                        Finding(path: file.path, line: index + 1, text: $0)
                    }
                }
            }
        }
        #expect(findings.isEmpty, "\(Finding.list(findings))")
    }

    /// Asked first: patterns are slow in a build without optimisation.
    private static func mayHold(_ code: String) -> Bool {
        // A banned word may begin in lower case, where a name begins with it.
        rests.contains { code.contains($0) }
    }

    private static let rests = (Array(banned.keys) + Array(bannedTypeEndings.keys)).map { String($0.dropFirst()) }

    private static func objections(to name: String, isType: Bool) -> [String] {
        let words = parts(of: name)
        var objections = words.compactMap { word in
            banned[word].map { "`\(name)`: instead of \(word) write \($0)" }
        }
        if isType, words.count > 1, let last = words.last, let better = bannedTypeEndings[last],
            !allowedTypes.contains(name)
        {
            objections.append("`\(name)`: instead of \(last) write \(better)")
        }
        return objections
    }

    /// `symbolActor` → Symbol, Actor.
    private static func parts(of name: String) -> [String] {
        name.matches(of: /[A-Z]?[a-z]+|[A-Z]+(?![a-z])/).map {
            $0.output.prefix(1).uppercased() + $0.output.dropFirst()
        }
    }

    @Test func `a name is split at its capitals`() {
        #expect(Self.parts(of: "symbolActor") == ["Symbol", "Actor"])
        #expect(Self.parts(of: "JSONHelper") == ["JSON", "Helper"])
        #expect(Self.objections(to: "dataHandlers", isType: false).isEmpty)
        #expect(Self.objections(to: "eventHandler", isType: false).count == 1)
    }

    /// Marks of unfinished work, in code and comments alike. Put together, so that this file holds none.
    private static let unfinished = ["TO" + "DO", "FIX" + "ME", "HA" + "CK"]

    @Test func `nothing is left for later`() throws {
        var findings: [Finding] = []
        let others = [".py", ".c", ".h", ".cpp", ".sh", ".md", "Makefile"].flatMap { ending in
            Repository.files(under: "", ending: ending)
        }
        let texts = try Repository.swiftFiles().map { ($0.path, $0.lines) }
        let plain = try others.map { ($0, try Repository.text($0).components(separatedBy: "\n")) }
        for (path, lines) in texts + plain {
            for (index, line) in lines.enumerated() {
                for word in Self.unfinished where line.contains(word) {
                    findings.append(Finding(path: path, line: index + 1, text: word))
                }
            }
        }
        #expect(findings.isEmpty, "\(Finding.list(findings))")
    }
}
