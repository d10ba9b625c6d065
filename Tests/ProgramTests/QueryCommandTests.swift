import Foundation
import TestServers
import Testing

/// Stores filled by a run and asked by the command.
@Suite struct `A store that is asked` {
    private let folder: TestFolder

    init() throws { folder = try TestFolder() }

    @Test(.enabled(if: PostgresServer.isAvailable, "\(PostgresServer.obstacle ?? "")"))
    func `a file and a server that one run has filled give the same answers`() throws {
        let server = try PostgresServer()
        let file = folder.path("store.db")
        let nodes = """
            "file": { "kind": "sqlite", "path": "\(file)" }, "server": { "kind": "timescale", "url": "\(server.url)" }
            """
        let edges = ["file", "server"].map {
            """
            { "from": "flow", "to": "\($0)", "topics": ["candle/", "trade/", "delta/", "cvd/", "profile/session/"] }
            """
        }
        let topology = Topologies.market(events: 20_000, nodes: nodes, edges: edges.joined(separator: ", "))
            .replacingOccurrences(
                of: "\"millrace\": 1,", with: "\"millrace\": 1, \"data\": { \"folder\": \"\(folder.path("data"))\" },")
        let run = try BuiltProgram.run(["run", try folder.file("t.json", topology)])
        #expect(run.status == 0, "\(run.errors)")
        for question in [["candles"], ["candles", "--width", "5s"], ["flow"], ["flow", "--width", "3s"], ["ticks"]] {
            let words = ["query", question[0], "SIM03"] + question.dropFirst() + ["--format", "csv"]
            let answers = try [file, server.url].map { try BuiltProgram.run(words + ["--store", $0]) }
            #expect(answers.allSatisfy { $0.status == 0 }, "\(answers[1].errors)")
            #expect(answers[0].output.split(separator: "\n").count > 1)
            #expect(answers[0].output == answers[1].output && answers[0].errors == answers[1].errors, "\(question)")
        }
    }

    @Test func `what is no store is refused without showing a password`() throws {
        let cases = [
            (["--store", "mysql://me:hush@host/x"], "mysql://… is no store: name an SQLite file or postgres://…"),
            (["--store", "postgres://me:hush@127.0.0.1:1/x"], "postgres://me@127.0.0.1:1/x: "),
            (["--store", "postgres://me:h@ush@127.0.0.1:1/x"], "percent-encode"),
            (["--store", "a.db", "--schema", "x"], "--schema belongs to a PostgreSQL store"),
        ]
        for (words, message) in cases {
            let outcome = try BuiltProgram.run(["query", "candles", "X"] + words)
            #expect(outcome.status != 0 && outcome.output.isEmpty)
            #expect(outcome.errors.contains(message) && !outcome.errors.contains("hush"), "\(outcome.errors)")
            #expect(!outcome.errors.contains("ush@"))
        }
    }
}
