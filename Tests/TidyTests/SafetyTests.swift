import Foundation
import Testing

/// Where the compiler's promises are left, it is in few places and with a reason.
@Suite struct Safety {
    /// Folders whose work it is: memory, atomics, and one wrapper per C library.
    private static let folders = [
        "Memory", "Rings", "Crypto", "ZeroMQ", "Compression", "JSONScan", "Postgres", "SQLite", "Redis",
        "WebServer",
    ].map { "Sources/\($0)/" }

    /// Single files elsewhere, each with its reason.
    private static let files: [String: String] = [
        "Sources/Engine/Lanes/Lane.swift": "the executor's own handle, and its jobs",
        "Sources/Engine/Lanes/SymbolActor.swift": "the executor's own handle",
        "Sources/Updates/RecordReader.swift": "reads records where they lie",
        "Sources/App/Bench/OrderflowBench.swift": "hands the input to the C twin",
    ]

    private static var mark: Regex<Substring> {
        /\bunsafe\b|@unchecked|\bAtomic<|nonisolated\(unsafe\)|\bUnmanaged\b/
    }

    /// Asked first: patterns are slow in a build without optimisation.
    private static let words = ["unsafe", "unchecked", "Atomic", "Unmanaged"]

    @Test func `unsafe code stands where it may`() throws {
        var findings: [Finding] = []
        for file in try Repository.swiftFiles(under: ["Sources"]) where Self.files[file.path] == nil {
            guard !Self.folders.contains(where: { file.path.hasPrefix($0) }) else { continue }
            for (index, code) in file.code.enumerated() {
                guard Self.words.contains(where: { code.contains($0) }) else { continue }
                guard let mark = code.firstMatch(of: Self.mark) else { continue }
                findings.append(Finding(path: file.path, line: index + 1, text: String(mark.output)))
            }
        }
        #expect(findings.isEmpty, "\(Finding.list(findings))")
    }

    @Test func `every exception is still needed`() throws {
        for (path, reason) in Self.files {
            #expect(Repository.exists(path), "\(path) (\(reason)) is not there")
            guard Repository.exists(path) else { continue }
            let file = SwiftFile(path, try Repository.text(path))
            #expect(file.code.contains { $0.contains(Self.mark) }, "\(path) is safe now")
        }
    }

    @Test func `unchecked sendability says why`() throws {
        var findings: [Finding] = []
        for file in try Repository.swiftFiles(under: ["Sources"]) {
            for (index, code) in file.code.enumerated() where code.contains("@unchecked Sendable") {
                let around = file.lines[max(0, index - 3)...min(file.lines.count - 1, index + 2)]
                if !around.contains(where: { $0.contains("// Sendable: ") }) {
                    findings.append(
                        Finding(path: file.path, line: index + 1, text: "a comment `// Sendable: …` is missing"))
                }
            }
        }
        #expect(findings.isEmpty, "\(Finding.list(findings))")
    }

    /// What stops the program without saying what must hold, or hides a failure.
    @Test func `nothing is forced`() throws {
        let words = ["try!", "as!", "fatalError", "Failure("]
        let forced = /\btry!|\bas!|\bfatalError\(|\bassertionFailure\(|\bpreconditionFailure\(\)/
        var findings: [Finding] = []
        for file in try Repository.swiftFiles(under: ["Sources", "Benchmarks", "docs"]) {
            for (index, code) in file.code.enumerated() {
                guard words.contains(where: { code.contains($0) }) else { continue }
                guard let match = code.firstMatch(of: forced) else { continue }
                findings.append(Finding(path: file.path, line: index + 1, text: String(match.output)))
            }
        }
        #expect(findings.isEmpty, "\(Finding.list(findings))")
    }
}
