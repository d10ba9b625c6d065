import Foundation
import TestPrograms
import TestServers
import Testing

/// The program publishes, a line loses, the program is killed; what a lossless tap has read in the end.
@Suite struct `The lossless tap` {
    private let folder: TestFolder

    init() throws { folder = try TestFolder() }

    /// A market with a journal and a public endpoint.
    private struct Market {
        let data: String
        var events = 30_000
        var pace = "max"
        var edge = ""
        /// Whether it begins only when somebody reads.
        var waits = false
        let port: Int
        let replay: Int

        init(data: String) throws {
            self.data = data
            (port, replay) = (try FreePort.next(), try FreePort.next())
        }

        var text: String {
            """
            { "millrace": 1, "data": { "folder": "\(data)", "snapshots": "300ms", "sync": "50ms" },
              "instruments": { "SIM*": { "tick": "0.01", "size": "1", "session": "24x7" } },
              "nodes": {
                "market": { "kind": "simulated", "symbols": 6, "rate": 400, "seed": 7, "speed": "\(pace)",
                  "start": "2026-03-09T13:30:00Z", "events": \(events) },
                "flow": { "kind": "symbols", "lanes": 2, "analytics": {
                  "candles": { "widths": ["1s", "1m"] }, "delta": { "widths": "1s" }, "vwap": {}, "print": {},
                  "footprint": { "widths": ["10s"] }, "sweep": {}, "bars": { "tick": [500] } } },
                "public": { "kind": "publish", "bind": "tcp://127.0.0.1:\(port)", "encoding": "binary",
                  "replay": "tcp://127.0.0.1:\(replay)", "subscribers": \(waits ? 1 : 0) } },
              "edges": [ { "from": "market", "to": "flow" }, { "from": "flow", "to": "public"\(edge) } ] }
            """
        }
    }

    private func digest(_ market: Market, _ name: String) throws -> String {
        let file = try folder.file("\(name).json", market.text)
        let run = try BuiltProgram.run(["run", file, "--quiet", "--digest", folder.path("\(name).txt")])
        #expect(run.status == 0, "\(run.errors)")
        return folder.text("\(name).txt")
    }

    private func tap(_ market: Market, from endpoint: String? = nil) throws -> BuiltProgram.Running {
        try BuiltProgram.Running([
            "tap", endpoint ?? "tcp://127.0.0.1:\(market.port)", "--lossless", "--from-oldest", "--replay",
            "tcp://127.0.0.1:\(market.replay)", "--digest", folder.path("tap.txt"), "--quiet-after", "6s", "--for",
            "240s",
        ])
    }

    @Test func `what it has read is what an undisturbed run emits, though messages get lost and the program is killed`()
        throws
    {
        let calm = try digest(try Market(data: folder.path("calm")), "calm")
        var market = try Market(data: folder.path("hard"))
        market.pace = "16x"
        let file = try folder.file("hard.json", market.text)
        let proxy = try LossyProxy(to: "tcp://127.0.0.1:\(market.port)", losses: 30, seed: 5 + Campaign.seed)
        let tap = try tap(market, from: proxy.endpoint)
        var chance = SeededChance(seed: 23 + Campaign.seed)
        for _ in 0..<Campaign.rounds(2, each: 6) {
            let run = try BuiltProgram.Running(["run", file, "--quiet"])
            pump(proxy, for: .milliseconds(700 + chance.below(700)))
            run.signal(SIGKILL)
            _ = run.finish(within: .seconds(10))
        }
        let run = try BuiltProgram.Running(["run", file, "--quiet"])
        while run.isRunning { pump(proxy, for: .milliseconds(50)) }
        #expect(run.finish(within: .seconds(1)).status == 0, "\(run.errors)")
        let outcome = tap.finish(within: .seconds(60))
        #expect(outcome.status == 0 && proxy.lost > 500, "\(outcome.errors)")
        #expect(!calm.isEmpty && folder.text("tap.txt") == calm, "\(outcome.errors.suffix(2_000))")
        #expect(!outcome.errors.contains("LOST"), "\(outcome.errors.suffix(2_000))")
    }

    private func pump(_ proxy: LossyProxy, for time: Duration) {
        let deadline = ContinuousClock.now + time
        while ContinuousClock.now < deadline { _ = try? proxy.pump() }
    }

    @Test func `one that comes late reads from the journal what the edge carries, and no more`() throws {
        var market = try Market(data: folder.path("data"))
        market.edge = #", "topics": ["candle/", "vwap/"], "symbols": ["SIM01", "SIM03"]"#
        let all = try digest(market, "first")
        market.events += 400
        market.waits = true
        let tap = try tap(market)
        let due = try digest(market, "second").split(separator: "\n").filter { line in
            (line.hasPrefix("candle/") || line.hasPrefix("vwap/"))
                && (line.contains("/SIM01/ ") || line.contains("/SIM03/ "))
        }
        let outcome = tap.finish(within: .seconds(60))
        #expect(due.count == 6 && folder.text("tap.txt").split(separator: "\n").dropLast() == due[...])
        #expect(all.split(separator: "\n").count > 6 && !outcome.errors.contains("LOST"), "\(outcome.errors)")
    }
}
