internal import Engine
internal import Foundation
internal import Graph
internal import Rings
internal import Sinks

/// How fast a run comes back: a market without a journal, with one, and once more over what the journal holds.
struct RecoveryBench: Benchmark {
    static let name = "recovery"
    static let usage = "FOLDER [--events N] [--symbols N] [--rounds N]"
    static let details = """
        A simulated market at full speed through candles, mean price, profile and delta, in a new folder in FOLDER that
        goes afterwards: without `data`, with it, and again with it, where the journal is played again and the input
        passed over. The ratio is that of the last two. Nothing is forced to the disk and no snapshots are taken: what
        is measured is the program and not the device.

          --events N    1000000 unless said otherwise
          --symbols N   100 unless said otherwise
        """

    private let folder: String
    private let events: Int
    private let symbols: Int
    private let rounds: Int

    init(_ arguments: inout Arguments) throws {
        events = try arguments.takeNumber("--events", in: 1_000...1_000_000_000) ?? 1_000_000
        symbols = try arguments.takeNumber("--symbols", in: 1...100_000) ?? 100
        rounds = try arguments.takeRounds()
        guard let folder = arguments.takeWord() else { throw UsageError("the folder is missing") }
        self.folder = folder
    }

    func run() async throws -> Int32 {
        let before = MachineLoad.now
        var times: [[Double]] = [[], [], []]
        for round in 0..<rounds {
            let own = URL(filePath: folder).appending(path: "millrace-bench-\(getpid())-\(round)")
            defer { try? FileManager.default.removeItem(at: own) }
            times[0].append(try await pass(nil))
            times[1].append(try await pass(own.path()))
            times[2].append(try await pass(own.path()))
        }
        let rates = times.map { Double(events) / $0.median }
        var line = ResultLine("recovery")
        line.add("events", events)
        line.add("symbols", symbols)
        line.add("memory_events_per_second", rates[0], places: 0)
        line.add("live_events_per_second", rates[1], places: 0)
        line.add("recovery_events_per_second", rates[2], places: 0)
        line.add("ratio", rates[2] / rates[1], places: 2)
        line.addSpread(zip(times[1], times[2]).map { $0 / $1 }, places: 2)
        line.add("others", MachineLoad.now.others(since: before), places: 2)
        print(line.text)
        return 0
    }

    /// Seconds of one run.
    private func pass(_ data: String?) async throws -> Double {
        let folder = data.map { #""data": { "folder": "\#($0)", "sync": "never", "snapshots": "off" },"# } ?? ""
        let text = """
            { "millrace": 1, \(folder) "nodes": {
                "market": { "kind": "simulated", "symbols": \(symbols), "rate": 2000, "seed": 7, "speed": "max",
                            "start": "2026-03-09T13:30:00Z", "events": \(events) },
                "flow": { "kind": "symbols", "analytics": { "candles": { "widths": ["1s", "1m"] }, "vwap": {},
                          "profile": {}, "delta": { "widths": ["1m"] } } },
                "public": { "kind": "publish", "bind": "\(try Transport.ipc.endpoint())" } },
              "edges": [ { "from": "market", "to": "flow" }, { "from": "flow", "to": "public", "topics": ["vwap/"] } ] }
            """
        let topology = try Topology.read(Array(text.utf8), kinds: Catalogue.millrace.kinds, environment: [:])
        let world = LiveWorld.make()
        let placement = Placement.millrace(topology)
        let run = try Assembly(
            placement, part: placement.parts[0], network: nil, catalogue: .millrace, world: world,
            publisher: world.chance(), witnesses: [], adjust: { _ in }
        ).make()
        let begin = Seat.monotonic
        try await run.run()
        return Double(Seat.monotonic - begin) / 1e9
    }
}
