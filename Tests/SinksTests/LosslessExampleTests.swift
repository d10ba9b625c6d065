import Foundation
import Market
import Memory
import Sinks
import TestPrograms
import TestServers
import Testing
import Updates
import Wire
import ZeroMQ

/// The subscribers of docs/examples behind a line that loses messages: they ask for what is missing.
@Suite(.serialized) struct `The lossless examples` {
    @Test(arguments: ExampleProgram.allCases)
    func `misses nothing`(program: ExampleProgram) throws {
        guard program.isRunnable else { try Test.cancel(ExampleProgram.needs) }
        try missesNothing(program)
    }

    /// A flow, its publishing node that may be opened anew, and the line.
    private final class Trial {
        let flow: JournaledFlow
        let settings: String
        var sink: PublishSink
        let proxy: LossyProxy
        var time = SampleNode.time

        init(_ encoding: MessageEncoding, in folder: URL, seed: UInt64) throws {
            flow = try JournaledFlow(in: folder.appending(path: encoding.rawValue).path(), seed: seed)
            let name = folder.appending(path: encoding.rawValue).path()
            settings = #""bind": "ipc://\#(name).s", "replay": "ipc://\#(name).r", "encoding": "\#(encoding.rawValue)""#
            sink = try PublishSink.open(settings, fedBy: [flow.inflow()])
            proxy = try LossyProxy(to: sink.endpoint, losses: 30, seed: seed)
        }

        /// Publishes some updates, and now and then a heartbeat.
        func publish(rounds: Int) throws {
            for round in 0..<rounds {
                try flow.publish(10, to: sink)
                if round % 7 == 0 { try beat() }
                try proxy.pump(within: .milliseconds(2))
            }
        }

        func beat() throws {
            time = time + Timestamp.second
            try sink.beat(time)
        }

        /// What a kill does: what was made before it is in the journal, and nobody was sent it.
        func restart() throws {
            let losses = proxy.losses
            proxy.losses = 100
            _ = try flow.make(25)
            try sink.close()
            try proxy.pump()
            sink = try PublishSink.open(settings, fedBy: [flow.inflow()])
            // A line that is cut is mended only after a while.
            for _ in 0..<200 where try proxy.pump(within: .milliseconds(20)) == 0 { try beat() }
            proxy.losses = losses
        }
    }

    private func missesNothing(_ program: ExampleProgram) throws {
        let folder = try RunningProgram.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        for (encoding, prefixes) in [(MessageEncoding.json, []), (.binary, ["cvd/late/", "cvd/IBM/"])] {
            let trial = try Trial(encoding, in: folder, seed: 17)
            let replay = try #require(try trial.sink.replayEndpoint)
            let options = ["--lossless", "--from-oldest", "--replay", replay, trial.proxy.endpoint]
            let subscriber = try program.start(options + prefixes, in: folder)
            let deadline = ContinuousClock.now + .seconds(20)
            let subscriptions = prefixes.isEmpty ? 1 : prefixes.count + 1
            while trial.proxy.subscriptions < subscriptions, ContinuousClock.now < deadline { try trial.proxy.pump() }
            try trial.publish(rounds: 30)
            try trial.restart()
            try trial.publish(rounds: 30)
            try check(subscriber, trial, prefixes, "\(encoding) \(prefixes)")
        }
    }

    /// Waits until all that is due has been printed, and holds it against what was made.
    private func check(_ subscriber: RunningProgram, _ trial: Trial, _ prefixes: [String], _ text: String) throws {
        let due = trial.flow.due.filter { topic, _ in
            prefixes.isEmpty || prefixes.contains { topic.hasPrefix($0) }
        }
        var read: [String: [UInt64]] = [:]
        let deadline = ContinuousClock.now + .seconds(40)
        repeat {
            try trial.beat()
            try trial.proxy.pump()
            read = numbers(subscriber.lines)
        } while read.values.reduce(0, { $0 + $1.count }) < due.values.reduce(0) { $0 + $1.count }
            && ContinuousClock.now < deadline
        #expect(read == due, "\(text)")
        #expect(trial.proxy.lost > 50, "\(text)")
        let complaints = subscriber.lines.filter { !$0.hasPrefix("cvd/") && !$0.hasPrefix("heartbeat/") }
        #expect(complaints.isEmpty, "\(text): \(complaints.prefix(5))")
        try trial.sink.close()
    }

    /// The numbers that were printed of each topic, in their order.
    private func numbers(_ lines: [String]) -> [String: [UInt64]] {
        var numbers: [String: [UInt64]] = [:]
        for line in lines where line.hasPrefix("cvd/") {
            let words = line.split(separator: " ", maxSplits: 3)
            guard words.count >= 3, let first = UInt64(words[1]), let count = UInt64(words[2]) else { continue }
            numbers[String(words[0]), default: []] += first..<(first + count)
        }
        return numbers
    }
}
