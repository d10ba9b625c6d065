import Foundation
import TestPrograms
import TestServers

/// Everything that a store holds, table by table, as sorted texts: two stores are equal when these are.
enum StoredRows {
    /// What depends on the journal, not on the updates. A symbol's `id` hangs on who of several lanes came first.
    private static let left: Set<String> = ["places", "publisher_places", "millrace_schema"]

    /// Of the views, which name a symbol instead of numbering it: that number hangs on the order too.
    static func sqlite(_ path: String) throws -> [String: [String]] {
        let script = """
            import json, sqlite3, sys
            base = sqlite3.connect(sys.argv[1])
            names = [name for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'view'")]
            rows = {name: sorted(map(repr, base.execute(f'SELECT * FROM "{name}"'))) for name in names}
            print(json.dumps(rows))
            """
        let result = try PythonProgram.finish(PythonProgram.path, ["-c", script, path])
        return try read(result.output)
    }

    static func postgres(_ url: String, schema: String) throws -> [String: [String]] {
        var rows: [String: [String]] = [:]
        let names = try ask(
            url,
            """
            SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = '\(schema)' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
            """)
        for name in names where !left.contains(name) {
            rows[name] = try ask(url, "SELECT (to_jsonb(t) - 'id')::text FROM \(schema).\"\(name)\" t ORDER BY 1")
        }
        return rows
    }

    private static func ask(_ url: String, _ query: String) throws -> [String] {
        let program = ["/usr/bin/psql", "/usr/lib/postgresql/15/bin/psql"].first {
            FileManager.default.isExecutableFile(atPath: $0)
        }
        let result = try PythonProgram.finish(program ?? "psql", ["-X", "-A", "-t", "-d", url, "-c", query])
        return result.output.split(separator: "\n").map(String.init)
    }

    private static func read(_ text: String) throws -> [String: [String]] {
        let all = try JSONDecoder().decode([String: [String]].self, from: Data(text.utf8))
        return all.filter { !left.contains($0.key) }
    }
}
