internal import Journal
internal import Market

/// `millrace journal`: looks into the journals that a run has written, and packs them.
struct JournalCommand: Command {
    static let name = "journal"
    static let usage = "journal list|verify|export|archive|restore FOLDER …"
    static let summary = "list, verify, export, pack and unpack journals"
    static let details = """
          list FOLDER               id, content, segments, positions, times, bytes, symbols
          verify FOLDER             reads every batch; damage is named with its place, and the status is 1
          export FOLDER             prints records: events as csv or jsonl, updates as jsonl
            --format csv|jsonl      jsonl unless said otherwise
            --symbol NAME           only of this symbol
            --from TIME --to TIME   only with a venue time in [from, to); 2026-03-09 or 2026-03-09T13:30:00Z
            --after POSITION        only behind this position
          archive FOLDER FILE.mrja  packs it up to its last whole batch into a new file (zstd, with checksums)
          restore FILE.mrja FOLDER  unpacks it into an empty folder, with the same id

        All but `restore` may run beside the writer.

        Examples:
          millrace journal list journals/market
          millrace journal export journals/market --symbol BTC/USD --from 2026-03-09 > trades.jsonl
        """

    private enum Work {
        case list(String)
        case verify(String)
        case export(JournalExport)
        case archive(folder: String, file: String)
        case restore(file: String, folder: String)
    }

    private let work: Work

    init(_ arguments: inout Arguments, environment: [String: String]) throws {
        let export = try JournalExport.Choice(&arguments)
        guard let verb = arguments.takeWord() else {
            throw UsageError("list, verify, export, archive or restore is missing")
        }
        let words = arguments.takeWords()
        try arguments.finish()
        guard verb == "export" || export.isEmpty else { throw UsageError("only `export` takes options") }
        let wanted = verb == "archive" || verb == "restore" ? 2 : 1
        guard words.count == wanted else {
            throw UsageError(wanted == 2 ? "`\(verb)` wants a folder and a file" : "`\(verb)` wants one folder")
        }
        switch verb {
        case "list": work = .list(words[0])
        case "verify": work = .verify(words[0])
        case "export": work = .export(JournalExport(folder: words[0], choice: export))
        case "archive": work = .archive(folder: words[0], file: words[1])
        case "restore": work = .restore(file: words[0], folder: words[1])
        default:
            throw UsageError("a journal can be listed, verified, exported, archived and restored; what is \(verb)?")
        }
    }

    func run() throws -> Int32 {
        switch work {
        case .list(let folder): try Terminal.write(JournalPage.text(of: JournalSurvey(of: folder)))
        case .verify(let folder): return try verify(folder)
        case .export(let export): try export.run()
        case .archive(let folder, let file):
            try Terminal.write(JournalCommand.text(JournalArchive.pack(folder, into: file)))
        case .restore(let file, let folder):
            try Terminal.write(JournalCommand.text(JournalArchive.restore(file, into: folder)))
        }
        return 0
    }

    private func verify(_ folder: String) throws -> Int32 {
        let found = try JournalVerification(of: folder)
        try Terminal.write(
            "\(found.records) records in \(found.batches) batches, \(found.definitions) definitions, "
                + "\(found.segments) segments, \(found.byteCount) bytes: whole\n")
        guard let tail = found.tail else { return 0 }
        // While somebody writes, the end is being written.
        if try JournalSurvey(of: folder).isBeingWritten { return 0 }
        Terminal.complain("\(tail)\nThe next writer cuts the journal there.")
        return 1
    }

    private static func text(_ content: JournalArchive.Content) -> String {
        "journal \(String(content.id, radix: 16)): positions \(content.oldest) to \(content.head), "
            + "\(content.segments) segments\n"
    }
}
