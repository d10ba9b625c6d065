internal import Foundation

/// Holds the results on the standard input against those that were stored, ratio by ratio.
struct ComparePart: Benchmark {
    static let name = "compare"
    static let usage = "FILE [--store COMMIT]"
    static let details = """
        Reads RESULT lines from the standard input and prints each ratio beside the last one that FILE holds for the
        same circumstances on the same kind of machine. It measures nothing itself.

          --store COMMIT   adds the lines to FILE, as measured at that commit

        A ratio is better or worse where the spreads of both runs over their rounds have nothing in common, or, without
        a spread, where it has moved by a tenth; in runs in which others used more than 5 % of the machine nothing is.
        The exit status is 1 where one is worse.
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
        var isWorse = false
        while let line = readLine() {
            guard var result = ResultLine(parsing: line) else { continue }
            result.add(MachineName.field, MachineName.current)
            for row in stored.comparisons(of: result) {
                try Terminal.write("\(row)\n")
                if row.verdict == .worse { isWorse = true }
            }
            if let revision { kept += StoredResults.stored(result, at: revision) + "\n" }
        }
        if revision != nil { try kept.write(toFile: path, atomically: true, encoding: .utf8) }
        return isWorse ? 1 : 0
    }
}
