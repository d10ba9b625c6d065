import Foundation
import TestPrograms
import Testing

/// The benchmark beside other programs: its table, and the work that the peers in Python share.
@Suite struct `Peers` {
    private static let scripts = PythonProgram.root.appending(path: "Benchmarks/peers")
    private static let check = "CHECK n1s=49938 n1m=900 s1=1997731639 v=12 m1=36003197 va=27004924 buy=1 sell=2 cvd=-1"

    private let folder: TestFolder

    init() throws { folder = try TestFolder() }

    /// Any Python will do, as no package is asked for: what the rest of `make test` needs must not be there.
    private func python(_ script: String, _ arguments: [String]) throws -> (status: Int32, output: String) {
        try PythonProgram.finish(
            "/usr/bin/env", ["python3", Self.scripts.appending(path: script).path()] + arguments)
    }

    private func table(_ peers: String...) throws -> (status: Int32, output: String) {
        try python("table.py", [folder.url.path()] + peers)
    }

    /// The cells of the row that begins with a name.
    private func row(_ name: String, _ output: String) -> [String] {
        for line in output.split(separator: "\n") {
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            if cells.first == name { return cells }
        }
        return []
    }

    private func own(_ peer: String, speed: Int, twin: Int) throws {
        let result = "RESULT orderflow-v1 burst=64 trades_per_second=\(speed) c_trades_per_second=\(twin) ratio=1"
        _ = try folder.file("\(peer).own", "\(Self.check)\n\(result)\n")
    }

    private func peer(_ peer: String, _ check: String, speed: Int) throws {
        let result =
            "RESULT orderflow-v1 peer=\(peer) version=0.19.1 symbols=100 trades=500000 trades_per_second=\(speed)"
        _ = try folder.file("\(peer).out", "a word before\n\(check)\n\(result)\n")
    }

    @Test func `each peer stands beside what Millrace did right before it`() throws {
        try own("csp", speed: 40_000_000, twin: 60_000_000)
        try own("bytewax", speed: 20_000_000, twin: 20_000_000)
        try peer("csp", Self.check, speed: 800_000)
        try peer("bytewax", Self.check, speed: 123_456)
        let outcome = try table("csp", "bytewax")
        #expect(outcome.status == 0, "\(outcome.output)")
        #expect(row("csp", outcome.output) == ["csp", "0.19.1", "800 k", "40 M", "50", "equal"])
        #expect(row("bytewax", outcome.output) == ["bytewax", "0.19.1", "123 k", "20 M", "162", "equal"])
        #expect(row("millrace", outcome.output) == ["millrace", "–", "30 M", "–", "1", "–"])
        #expect(row("C by hand", outcome.output) == ["C by hand", "–", "40 M", "–", "0.75", "–"])
    }

    @Test func `a peer that cannot be had is shown with its reason, and the others stand`() throws {
        try own("csp", speed: 40_000_000, twin: 60_000_000)
        try peer("csp", Self.check, speed: 800_000)
        _ = try folder.file("flink.failed", "there is no Java:\n Flink needs a JDK 17\n")
        let outcome = try table("flink", "csp")
        #expect(outcome.status == 0, "\(outcome.output)")
        #expect(row("flink", outcome.output).last == "not run: there is no Java: Flink needs a JDK 17")
        #expect(row("csp", outcome.output).last == "equal")
    }

    @Test func `another CHECK is named and ends the table with 1`() throws {
        try own("csp", speed: 40_000_000, twin: 60_000_000)
        try peer("csp", Self.check.replacing("n1m=900", with: "n1m=899"), speed: 800_000)
        let outcome = try table("csp")
        #expect(outcome.status == 1)
        #expect(row("csp", outcome.output).last?.hasPrefix("DIFFERS: n1s=49938 n1m=899 ") == true, "\(outcome.output)")
    }

    @Test(arguments: [
        ("", "it printed no single CHECK and RESULT"),
        ("RESULT orderflow-v1 trades_per_second=5", "it printed no single CHECK and RESULT"),
        ("CHECK n1s=1\nCHECK n1s=1\nRESULT orderflow-v1 trades_per_second=5", "it printed no single CHECK and RESULT"),
        ("CHECK n1s=1\nRESULT orderflow-v1 trades_per_second=fast", "its RESULT has no trades_per_second"),
        ("CHECK n1s=1\nRESULT orderflow-v1 trades_per_second=0", "its RESULT has no trades_per_second"),
    ])
    func `an output that is not whole is no result`(output: String, reason: String) throws {
        try own("csp", speed: 40_000_000, twin: 60_000_000)
        _ = try folder.file("csp.out", output)
        let outcome = try table("csp")
        #expect(outcome.status == 0 && row("csp", outcome.output).last == "not run: \(reason)", "\(outcome.output)")
    }

    @Test func `a peer without Millrace's turn is not compared`() throws {
        try peer("csp", Self.check, speed: 800_000)
        let outcome = try table("csp")
        #expect(outcome.status == 0 && row("csp", outcome.output).last?.hasPrefix("nothing to compare") == true)
        #expect(!outcome.output.contains("equal"))
    }

    /// The script in a folder of its own, where one peer wants a package that is nowhere, and then one does other work.
    @Test func `a package that cannot be had is named while the others run, and a wrong CHECK ends with 1`() throws {
        for part in ["scripts", "Benchmarks/peers"] {
            let place = folder.url.appending(path: part)
            try FileManager.default.createDirectory(
                at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
            try FileManager.default.copyItem(at: PythonProgram.root.appending(path: part), to: place)
        }
        _ = try folder.file("Benchmarks/peers/requirements/csp.txt", "no-such-package-here==1.0\n")
        let data = folder.url.appending(path: "Benchmarks/data")
        try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
        var chance = SeededChance(seed: 1)
        try input(3, &chance).write(to: data.appending(path: "peers-3-3000.bin"))
        let script = #"cd "$1" && PIP_NO_INDEX=1 PEERS="$2" SYMBOLS=3 TRADES=3000 MILLRACE="$3" scripts/peers.sh 2>&1"#
        let run = { (peers: String) in
            try PythonProgram.finish("/bin/bash", ["-c", script, "bash", folder.url.path(), peers, BuiltProgram.path])
        }
        let outcome = try run("csp python")
        #expect(outcome.status == 0, "\(outcome.output)")
        let reason = try #require(row("csp", outcome.output).last)
        #expect(reason.hasPrefix("not run: ERROR: ") && reason.contains("no-such-package-here==1.0"), "\(reason)")
        #expect(row("python", outcome.output).last == "equal", "\(outcome.output)")
        let work = try String(contentsOf: Self.scripts.appending(path: "run_python.py"), encoding: .utf8)
        _ = try folder.file(
            "Benchmarks/peers/run_python.py", work.replacing("return ended, None", with: "return ended[1:], None"))
        let other = try run("python")
        #expect(
            other.status == 1 && row("python", other.output).last?.hasPrefix("DIFFERS: ") == true, "\(other.output)")
    }

    /// Few symbols and cents, so that ties, empty rows, trades inside of the touch and quiet minutes are there.
    @Test(arguments: 0..<UInt64(4 * Campaign.factor))
    func `the work that the peers share is the core's`(seed: UInt64) throws {
        var chance = SeededChance(seed: seed &+ Campaign.seed)
        let symbols = 1 + chance.below(5)
        let path = folder.path("input.bin")
        try input(symbols, &chance).write(to: URL(filePath: path))
        let own = try BuiltProgram.run(["bench", "orderflow", path, "--symbols", "\(symbols)", "--rounds", "1"])
        let theirs = try python("run_python.py", [path, "--symbols", "\(symbols)", "--rounds", "1"])
        let check = own.output.split(separator: "\n").first { $0.hasPrefix("CHECK") }
        #expect(own.status == 0 && theirs.status == 0, "\(own.errors) \(theirs.output)")
        #expect(check != nil && theirs.output.split(separator: "\n").first == check)
    }

    /// 3,000 trades as the benchmark's generator writes them.
    private func input(_ symbols: Int, _ chance: inout SeededChance) -> Data {
        var input = Data()
        var time: Int64 = 1_700_000_040_000_000_000
        var middles = [Int](repeating: 10_000, count: symbols)
        for _ in 0..<3_000 {
            time += Int64(1_000 + chance.below(chance.below(50) == 0 ? 90_000_000_000 : 400_000_000))
            let symbol = chance.below(symbols)
            middles[symbol] += chance.below(7) - 3
            let middle = middles[symbol]
            append(time, to: &input)
            append(UInt32(symbol), to: &input)
            append(UInt32(1 + chance.below(5)), to: &input)
            for cents in [middle + chance.below(5) - 2, middle - 2, middle + 2] {
                append((Double(cents) / 100).bitPattern, to: &input)
            }
        }
        return input
    }

    private func append(_ value: some FixedWidthInteger, to input: inout Data) {
        for byte in 0..<value.bitWidth / 8 { input.append(UInt8(truncatingIfNeeded: value >> (8 * byte))) }
    }
}
