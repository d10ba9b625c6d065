internal import Foundation

/// Holds the results on the standard input against those that were stored, ratio by ratio.
struct ComparePart: Benchmark {
    static let name = "compare"
    static let usage = "FILE [--store COMMIT]"
    static let details = """
        Reads RESULT lines from the standard input and prints each ratio beside the last one that FILE holds for the
        same circumstances. It measures nothing itself.

          --store COMMIT   adds the lines to FILE, as measured at that commit
        """

    private let path: String
    private let revision: String?

    init(_ arguments: inout Arguments) throws {
        revision = try arguments.takeValue("--store")
        guard let path = arguments.takeWord() else { throw UsageError("the file of stored results is missing") }
        self.path = path
    }

    func run() throws -> Int32 {
        let text = FileManager.default.fileExists(atPath: path) ? try String(contentsOfFile: path, encoding: .utf8) : ""
        let stored = try StoredResults(text)
        var kept = text
        while let line = readLine() {
            guard let result = ResultLine(parsing: line) else { continue }
            for row in stored.comparison(of: result) { try Terminal.write(row + "\n") }
            if let revision { kept += StoredResults.stored(result, at: revision) + "\n" }
        }
        if revision != nil { try kept.write(toFile: path, atomically: true, encoding: .utf8) }
        return 0
    }
}
