/// Results of earlier runs, one a line: a RESULT line with the commit that it was measured at.
///
/// `compare` finds for a new line the last stored one of the same benchmark under the same circumstances.
struct StoredResults: Sendable {
    /// Fields that say what was measured and not what came of it.
    private static let circumstances: Set<String> = [
        "transport", "rate", "symbols", "burst", "where", "kind", "rows", "commit", "batch", "write", "subscribers",
        "stage", "spread", "events", "analytic",
    ]
    /// The field that names the commit.
    static let revision = "at"

    private let lines: [ResultLine]

    /// Lines that are no results, such as comments, are passed over.
    init(_ text: String) {
        lines = text.split(separator: "\n").compactMap { ResultLine(parsing: String($0)) }
    }

    /// The last stored line of the same kind; nil where there is none.
    func last(like line: ResultLine) -> ResultLine? {
        lines.last { $0.benchmark == line.benchmark && StoredResults.key($0) == StoredResults.key(line) }
    }

    private static func key(_ line: ResultLine) -> [String] {
        line.fields.filter { circumstances.contains($0.name) }.map { "\($0.name)=\($0.value)" }.sorted()
    }

    /// For each ratio of a line: what it is, what it was, and their quotient.
    func comparison(of line: ResultLine) -> [String] {
        let name = ([line.benchmark] + StoredResults.key(line)).joined(separator: " ")
        guard let last = last(like: line) else { return ["\(name): nothing stored to compare with"] }
        let ratios = line.fields.filter { $0.name.hasPrefix("ratio") }
        return ratios.map { field in
            guard let now = Double(field.value), let then = last[field.name].flatMap({ Double($0) }), then > 0 else {
                return "\(name): \(field.name) \(field.value), none stored"
            }
            let quotient = (now / then * 1_000).rounded() / 1_000
            let place = last[StoredResults.revision].map { " at \($0)" } ?? ""
            return "\(name): \(field.name) \(field.value), was \(then)\(place), \(quotient) times that"
        }
    }

    /// A line as it is stored.
    static func stored(_ line: ResultLine, at revision: String) -> String {
        var kept = line
        kept.add(StoredResults.revision, revision)
        return kept.text
    }
}
