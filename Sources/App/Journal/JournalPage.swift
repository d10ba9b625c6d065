internal import Graph
internal import Journal
internal import Market

/// What `millrace journal list` says of a journal.
enum JournalPage {
    /// More symbols than these are counted only.
    private static let symbolLimit = 20

    static func text(of survey: JournalSurvey) -> String {
        var lines = [
            "id        \(String(survey.id, radix: 16))",
            "content   \(survey.content)",
            "positions \(survey.oldest) to \(survey.head)",
            "bytes     \(survey.byteCount) in \(survey.segments.count) segments",
            "writer    \(survey.isBeingWritten ? "yes" : "none")",
        ]
        let symbols = survey.definitions.filter { $0.kind == .symbol }.compactMap { SymbolDefinition($0.bytes)?.name }
        lines.append("symbols   \(symbols.count)\(symbols.isEmpty ? "" : ": ")\(names(symbols))")
        let topics = survey.definitions.filter { $0.kind == .topic }.compactMap { TopicDefinition($0.bytes)?.prefix }
        if !topics.isEmpty { lines.append("topics    \(topics.count): \(names(topics))") }
        lines.append("")
        lines.append("segment               records      bytes  made                            newest venue time")
        for segment in survey.segments { lines.append(row(segment)) }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func names(_ all: [String]) -> String {
        all.prefix(symbolLimit).joined(separator: " ") + (all.count > symbolLimit ? " …" : "")
    }

    private static func row(_ segment: JournalSurvey.Segment) -> String {
        let records = String(segment.last + 1 - segment.first)
        let newest = segment.newest.nanoseconds > 0 ? segment.newest.description : "-"
        return HelpText.padded(String(segment.first), 20) + leading(records, 9) + leading(String(segment.byteCount), 11)
            + "  \(segment.created)  \(newest)"
    }

    private static func leading(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(1, width - text.count)) + text
    }
}
