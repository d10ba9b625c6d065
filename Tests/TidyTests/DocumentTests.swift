import Foundation
import Testing

/// The documents say what is there, and their links lead somewhere.
@Suite struct Documents {
    /// Golden files are copies, made for another place.
    private static func documents() -> [String] {
        Repository.files(under: "", ending: ".md").filter { !$0.hasPrefix("Tests/") }
    }

    @Test func `every link leads somewhere`() throws {
        var findings: [Finding] = []
        for path in Self.documents() {
            let folder = path.split(separator: "/").dropLast().joined(separator: "/")
            let lines = try Repository.text(path).components(separatedBy: "\n")
            for (index, line) in lines.enumerated() {
                for match in line.matches(of: /\]\(([^)#\s]+)(?:#[^)]*)?\)/) {
                    let target = String(match.1)
                    if target.contains("://") || target.hasPrefix("mailto:") { continue }
                    let file = folder.isEmpty ? target : "\(folder)/\(target)"
                    if !Repository.exists(file) {
                        findings.append(Finding(path: path, line: index + 1, text: "no such file: \(target)"))
                    }
                }
            }
        }
        #expect(findings.isEmpty, "\(Finding.list(findings))")
    }

    /// A file of the project that a document names in backticks must be there.
    @Test func `every source file that is named exists`() throws {
        var findings: [Finding] = []
        for path in Self.documents() {
            let lines = try Repository.text(path).components(separatedBy: "\n")
            for (index, line) in lines.enumerated() {
                for match in line.matches(of: /`((?:Sources|Tests|Benchmarks|scripts)\/[\w+\/.-]+)`/)
                where !Repository.exists(String(match.1)) {
                    findings.append(Finding(path: path, line: index + 1, text: "no such file: \(match.1)"))
                }
            }
        }
        #expect(findings.isEmpty, "\(Finding.list(findings))")
    }

    /// The name of every kind of node stands in its `NodeKind`, as the first argument.
    private static func kinds() throws -> Set<String> {
        var kinds: Set<String> = []
        for file in try Repository.swiftFiles(under: ["Sources"]) {
            for match in file.lines.joined(separator: "\n").matches(of: /NodeKind\(\s*name: "([\w-]+)"/) {
                kinds.insert(String(match.1))
            }
        }
        return kinds
    }

    @Test func `every kind of node is documented`() throws {
        let kinds = try Self.kinds()
        #expect(kinds.isSuperset(of: ["simulated", "symbols", "publish"]))
        let texts = try Self.documents().map { try Repository.text($0) }
        for kind in kinds.sorted() {
            #expect(texts.contains { $0.contains("`\(kind)`") }, "no document says `\(kind)`")
        }
    }

    @Test func `every command is in the README`() throws {
        let help = try Repository.run(["--help"])
        #expect(help.status == 0)
        let section = help.output.components(separatedBy: "Examples:")[0]
        let commands = section.matches(of: #/\n  (\w+) /#).map { String($0.1) }
        #expect(commands.contains("run"))
        let readme = try Repository.text("README.md")
        for command in commands {
            #expect(readme.contains("`millrace \(command)"), "README.md does not say `millrace \(command)`")
        }
    }

    @Test func `every example topology is valid`() throws {
        let examples =
            ["topology.json"] + Repository.files(under: "docs/examples", ending: ".json")
            + Repository.files(under: "deploy", ending: ".json")
        for example in examples {
            let check = try Repository.run(["check", Repository.root.appending(path: example).path()])
            #expect(check.status == 0, "\(example): \(check.output)")
        }
    }

    @Test func `the README is short`() throws {
        let lines = try Repository.text("README.md").components(separatedBy: "\n").dropLast()
        #expect(lines.count <= 120)
    }
}
