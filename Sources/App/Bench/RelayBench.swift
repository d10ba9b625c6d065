internal import Analytics
internal import Engine
internal import Foundation
internal import Graph
internal import Market
internal import Memory
internal import Redis
internal import Rings
internal import Sinks
internal import Updates

/// What the relay writes into a Redis server a second, against `redis-benchmark` on the same server, alternated.
struct RelayBench: Benchmark {
    static let name = "redis"
    static let usage = "--url URL [--symbols N] [--rounds N]"
    static let details = """
        Writes quotes through the relay, in turn with redis-benchmark's SET of 64 bytes, 16 commands at once, on the
        same server, whose keys it writes over.

          --url URL     the server
          --symbols N   symbols of the quotes; 1000 unless said otherwise
        """

    /// The benchmark cannot be run, or said nothing that can be read.
    struct Failure: Error, CustomStringConvertible { let description: String }

    /// Commands of one pass of `redis-benchmark`.
    private static let commands = 1_000_000
    private static let sizeStep = Price.scale

    private let url: String
    private let symbols: Int
    private let rounds: Int
    /// Updates of each symbol in one pass.
    private static let updatesEach = 200

    private let topics = TopicTable([TopicEntry(prefix: "quote/", layout: QuoteUpdate.layout)])

    init(_ arguments: inout Arguments) throws {
        guard let url = try arguments.takeValue("--url") else {
            throw UsageError("--url is needed: the benchmark writes over the server's keys")
        }
        self.url = url
        symbols = try arguments.takeNumber("--symbols", in: 1...1_000_000) ?? 1_000
        rounds = try arguments.takeRounds()
    }

    func run() throws -> Int32 {
        let address = try RedisAddress(url)
        guard !address.hasPassword else {
            throw Failure(description: "redis-benchmark shows a password to everybody: use a server without one")
        }
        for (name, settings) in [("keys", "\"channels\": false"), ("channels", "\"keys\": false"), ("both", "")] {
            let before = MachineLoad.now
            var own: [Double] = []
            var other: [Double] = []
            for _ in 0..<rounds {
                own.append(try pass(settings))
                other.append(try reference(address))
            }
            var line = ResultLine("redis")
            line.add("write", name)
            line.add("symbols", symbols)
            line.add("commands_per_second", own.median, places: 0)
            line.add("benchmark_per_second", other.median, places: 0)
            line.add("ratio", own.median / other.median, places: 3)
            line.addSpread(zip(own, other).map { $0 / $1 }, places: 3)
            line.add("others", MachineLoad.now.others(since: before), places: 2)
            print(line.text)
        }
        return 0
    }

    /// Commands a second of one pass: from the updates of a link to the server's last answer.
    private func pass(_ settings: String) throws -> Double {
        let text = "{ \"url\": \"\(url)\"\(settings.isEmpty ? "" : ", ")\(settings) }"
        let object = SettingsObject(try JSONParser.parse(text), path: .root)
        let context = SinkContext(
            name: "bench", publisher: 1, now: { Timestamp(nanoseconds: Seat.wallClock) }, isStopping: { false })
        let sink = try RedisSink(
            SettingsReader.read(RedisSettings.self, from: object).settings, in: context, tell: Terminal.complain)
        let names = try (0..<symbols).map { index in
            guard let symbol = Symbol("SYM\(index)") else { throw Failure(description: "SYM\(index) is no symbol") }
            return symbol
        }
        let origin = UpdateOrigin(node: "flow", topics: topics) { (names[Int($0)], RelayBench.sizeStep) }
        let runs = (0..<RelayBench.updatesEach).map { quotes(UInt64($0 + 1)) }
        let begin = Seat.monotonic
        for run in runs {
            run.withRawSpan { sink.receive($0, from: origin) }
            sink.flush()
        }
        sink.close()
        let elapsed = Double(Seat.monotonic - begin) / 1e9
        let counts = sink.counts
        guard counts.losses == 0, counts.refused == 0 else {
            throw Failure(description: "the server refused or went: \(counts.json)")
        }
        return Double(counts.commands) / elapsed
    }

    /// A quote of each symbol, as a link brings them.
    private func quotes(_ number: UInt64) -> [UInt8] {
        var outbox = Outbox()
        for symbol in 0..<symbols {
            let time = Timestamp(nanoseconds: 1_723_161_255_000_000_000 + Int64(number) * 1_000_000)
            let bid = Price(billionths: (10_000 + Int64(symbol) % 97) * 10_000_000)
            let event = MarketEvent.quote(
                symbol: UInt32(symbol), venueTime: time, receiveTime: time, bid: bid,
                bidSize: Quantity(steps: Int64(number)), ask: Price(billionths: bid.billionths + 10_000_000),
                askSize: Quantity(steps: 300))
            let head = UpdateHead(
                number: number, start: time, end: time, revision: 0, final: true, reason: .none, quality: .whole)
            outbox.append(
                QuoteUpdate(event), head: head, slot: 0, template: QuoteUpdate.layout.template, symbol: UInt32(symbol))
        }
        return outbox.withBytes { $0.array }
    }

    /// Commands a second that `redis-benchmark` reaches.
    private func reference(_ address: RedisAddress) throws -> Double {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "redis-benchmark", "-h", address.host, "-p", "\(address.port)", "--dbnum", "\(address.database)", "-t",
            "set",
            "-d", "64", "-P", "16", "-n", "\(RelayBench.commands)", "-q",
        ]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard let match = text.matches(of: #/SET: ([0-9.]+) requests per second/#).last, let rate = Double(match.1)
        else {
            throw Failure(description: "redis-benchmark did not say how fast it was: \(text.suffix(200))")
        }
        return rate
    }
}
