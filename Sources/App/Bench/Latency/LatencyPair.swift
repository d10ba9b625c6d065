internal import Engine
internal import Foundation
internal import Graph
internal import Market
internal import Rings
internal import Sinks
internal import ZeroMQ

/// One measurement of latency: this program's whole way, and the bare pair, under one load.
struct LatencyPair: Sendable {
    static let standardLaneSpin = FlowSettings.standardSpin
    static let standardSinkSpin = PublishSink.standardSpin

    var transport: Transport
    var pacing: Pacing
    var symbols: Int
    var seats: BenchSeats
    var laneSpin: Duration
    var sinkSpin: Duration

    /// A quarter of a second's events, at most a tenth of all: connections and caches are cold then.
    var warmup: Int { min(pacing.rate / 4, pacing.count / 10) }

    /// Source, router, ring, lane, link and the public endpoint, as in a run.
    func own() async throws -> LatencySubscriber.Outcome {
        let sockets = try Context()
        let endpoint = try transport.endpoint()
        defer { transport.remove(endpoint) }
        let world = LiveWorld.make()
        var settings = FlowSettings()
        settings.republished = [.trade]
        settings.spin = laneSpin
        settings.core = seats.publisher
        let (sinkSpin, core) = (sinkSpin, seats.publisher)
        let sink = SinkPart(
            name: "public", inflows: [SinkPart.Inflow(flow: "flow", topics: ["trade/"], overflow: .dropNewest)],
            isTrailing: false
        ) {
            if let core { _ = Seat.pin(to: core) }
            return try BenchSettings.publisher(
                endpoint, subscribers: 1, spin: sinkSpin, in: world, sockets: sockets)
        }
        let source = SourcePart(
            name: "feed", source: PacedSource(pacing, symbols: symbols), flow: "flow", symbols: FeedSymbols(),
            overflow: .dropNewest)
        let run = Run(
            sources: [source], flows: [BenchSettings.flow("flow", settings)], sinks: [sink], data: nil, world: world)
        return try await heard(at: endpoint, in: sockets) { try await run.run() }
    }

    /// Two sockets and a loop.
    func bare() async throws -> LatencySubscriber.Outcome {
        let sockets = try Context()
        let endpoint = try transport.endpoint()
        defer { transport.remove(endpoint) }
        return try await heard(at: endpoint, in: sockets) {
            try await BenchThread.run {
                // ZeroMQ's thread begins with the first socket and inherits its seat.
                if let core = seats.publisher { _ = Seat.pin(to: core) }
                var publisher = try BarePublisher(pacing, symbols: symbols, bind: endpoint, in: sockets)
                try publisher.run()
            }
        }
    }

    /// Subscribes in another process, or in a thread where endpoints stay inside of one, and publishes.
    private func heard(
        at endpoint: String, in sockets: Context, _ publish: () async throws -> Void
    ) async throws -> LatencySubscriber.Outcome {
        let task = LatencySubscriber.Task(
            endpoint: endpoint, expected: pacing.count, warmup: warmup, core: seats.subscriber)
        guard transport == .inproc else {
            let subscriber = try SubscriberProcess(task)
            try await publish()
            return try subscriber.outcome()
        }
        async let outcome = BenchThread.run { try LatencySubscriber(task).run(in: sockets) }
        try await publish()
        return try await outcome
    }
}
