internal import Graph
internal import Wire

/// Results of earlier runs, one JSON object a line: the fields of a RESULT line, its benchmark, and the commit that it
/// was measured at.
///
/// A new line is held against the last stored one of the same benchmark under the same circumstances.
struct StoredResults: Sendable {
    /// Fields that say what was measured and not what came of it.
    private static let circumstances: Set<String> = [
        "transport", "rate", "symbols", "burst", "where", "kind", "rows", "commit", "batch", "write", "subscribers",
        "stage", "spread", "events", "analytic", "seconds", "spins", "cores", MachineName.field,
    ]
    /// The fields that name the benchmark and the commit.
    private static let benchmark = "benchmark"
    private static let revision = "at"

    private let lines: [ResultLine]

    /// Throws the fault of a line that is no JSON; what is no result is passed over.
    init(_ text: String) throws(JSONError) {
        var lines: [ResultLine] = []
        for line in text.split(separator: "\n") {
            if let result = StoredResults.result(try JSONParser.parse(String(line))) { lines.append(result) }
        }
        self.lines = lines
    }

    private static func result(_ value: JSONValue) -> ResultLine? {
        guard let name = value[benchmark]?.text, let members = value.members else { return nil }
        var line = ResultLine(name)
        for member in members where member.name != benchmark {
            switch member.value.content {
            case .number(let text), .text(let text): line.add(member.name, text)
            case .null, .flag, .list, .object: return nil
            }
        }
        return line
    }

    /// The last stored line of the same kind; nil where there is none.
    func last(like line: ResultLine) -> ResultLine? {
        lines.last { $0.benchmark == line.benchmark && StoredResults.key($0) == StoredResults.key(line) }
    }

    private static func key(_ line: ResultLine) -> [String] {
        line.fields.filter { circumstances.contains($0.name) }.map { "\($0.name)=\($0.value)" }.sorted()
    }

    /// For each ratio of a line: how it stands beside what it was.
    func comparisons(of line: ResultLine) -> [RatioComparison] {
        let subject = ([line.benchmark] + StoredResults.key(line)).joined(separator: " ")
        let last = last(like: line)
        return line.fields.filter { $0.name.hasPrefix("ratio") }.map {
            RatioComparison(of: $0.name, subject: subject, now: line, then: last, at: last?[StoredResults.revision])
        }
    }

    /// A line as it is stored.
    static func stored(_ line: ResultLine, at revision: String) -> String {
        let fields = [(benchmark, line.benchmark)] + line.fields + [(StoredResults.revision, revision)]
        let members = fields.map { name, value in
            // A commit may look like a number, and no number begins with a plus or a zero that is not its own.
            let isNumber =
                name != StoredResults.revision && value.wholeMatch(of: #/-?(0|[1-9][0-9]*)(\.[0-9]+)?/#) != nil
            return "\(JSONText.quoted(name)): \(isNumber ? value : JSONText.quoted(value))"
        }
        return "{ \(members.joined(separator: ", ")) }"
    }
}
