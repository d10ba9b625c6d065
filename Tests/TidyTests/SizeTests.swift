import Testing

/// Files, lines and functions stay small enough to be read in one go.
@Suite struct Sizes {
    private static let lineLimit = 120
    private static let fileLimit = 400
    private static let functionLimit = 40

    @Test func `no line is too long`() throws {
        var findings: [Finding] = []
        for file in try Repository.swiftFiles() {
            for (index, line) in file.lines.enumerated() where line.count > Self.lineLimit {
                findings.append(Finding(path: file.path, line: index + 1, text: "\(line.count) characters"))
            }
        }
        #expect(findings.isEmpty, "at most \(Self.lineLimit)\(Finding.list(findings))")
    }

    @Test func `no file is too long`() throws {
        let findings = try Repository.swiftFiles().filter { $0.lines.count > Self.fileLimit + 1 }.map {
            Finding(path: $0.path, line: 0, text: "\($0.lines.count - 1) lines")
        }
        #expect(findings.isEmpty, "at most \(Self.fileLimit)\(Finding.list(findings))")
    }

    @Test func `no function is too long`() throws {
        var findings: [Finding] = []
        for file in try Repository.swiftFiles() {
            for function in file.functions where function.lineCount > Self.functionLimit {
                let text = "\(function.name) has \(function.lineCount) lines"
                findings.append(Finding(path: file.path, line: function.firstLine + 1, text: text))
            }
        }
        #expect(findings.isEmpty, "at most \(Self.functionLimit)\(Finding.list(findings))")
    }
}
