internal import Engine
internal import Graph

/// `millrace kinds`: what a topology may name, with every setting.
struct KindsCommand: Command {
    static let name = "kinds"
    static let usage = "kinds [NAME]"
    static let summary = "list node kinds and analytics with their settings and an example"
    static let details = """
        NAME is one kind or analytic; without it all are listed.

        Examples:
          millrace kinds
          millrace kinds profile
        """

    private let chosen: [KindPage]

    init(_ arguments: inout Arguments, environment: [String: String]) throws {
        let name = arguments.takeWord()
        try arguments.finish()
        let pages = KindPage.all
        guard let name else {
            chosen = pages
            return
        }
        chosen = pages.filter { $0.name == name }
        guard !chosen.isEmpty else {
            let names = pages.map { $0.name }
            throw UsageError("there is no kind \(name). \(Spelling.remedy(for: name, among: names))")
        }
    }

    func run() throws -> Int32 {
        try Terminal.write(chosen.map { $0.text }.joined(separator: "\n"))
        return 0
    }
}

/// What is said of one kind or analytic.
struct KindPage: Sendable {
    let name: String
    /// `source`, `sink`, `analytic of symbols` …
    let role: String
    let meaning: String
    let fields: [SettingField]
    /// A member of a topology's object, such as `"market": { … }`.
    let example: String

    /// Every kind in the order of the flow, and the analytics behind the kind that lists them.
    static var all: [KindPage] {
        Catalogue.millrace.kinds.kinds.flatMap { kind in
            [KindPage(kind)] + (kind.role == .symbols ? AnalyticPage.all.map { KindPage($0) } : [])
        }
    }

    init(_ kind: NodeKind) {
        name = kind.name
        role = kind.role == .symbols ? "symbols node" : kind.role.rawValue
        meaning = kind.meaning
        fields = kind.fields
        example = "\"my-\(kind.name)\": \(kind.example)"
    }

    init(_ analytic: AnalyticPage) {
        name = analytic.name
        role = "analytic of symbols"
        meaning = analytic.meaning
        fields = analytic.fields
        example = "\"\(analytic.name)\": \(analytic.example)"
    }

    var text: String {
        let rows = KindPage.rows(fields, within: "")
        let widths = (0..<3).map { column in rows.map { $0[column].count }.max() ?? 0 }
        let lines = rows.map { row in
            let cells = (0..<3).map { HelpText.padded(row[$0], widths[$0]) }.joined(separator: "  ")
            return "  \(cells)  \(row[3])\n"
        }
        return "\(name) (\(role)): \(meaning)\n" + (lines.isEmpty ? "  no settings\n" : lines.joined())
            + "  example: \(example)\n"
    }

    /// Name, type, default and meaning with range; the fields of nested objects follow their object.
    private static func rows(_ fields: [SettingField], within path: String) -> [[String]] {
        fields.flatMap { field in
            let standard = field.isRequired ? "required" : field.standard.map { "default \($0)" } ?? "optional"
            let meaning = field.meaning + (field.range.map { " (\($0))" } ?? "")
            return [[path + field.name, field.type, standard, meaning]]
                + rows(field.fields, within: "\(path)\(field.name).")
        }
    }
}
