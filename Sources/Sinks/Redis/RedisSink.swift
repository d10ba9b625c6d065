public import Engine
public import Graph
public import Market
internal import Redis
internal import Rings

/// A relay to a Redis server: messages over channels, newest values in keys, streams where they are asked for.
public final class RedisSink: Sink {
    public static let kind = NodeKind(
        name: "redis", role: .sink,
        meaning: "A Redis server: each message on its channel, the newest values in keys that expire",
        example: #"{ "kind": "redis", "url": "redis://127.0.0.1:6379/0" }"#
    ) { reader in
        _ = RedisSettings(reading: &reader)
        return .sink(keepsLossless: false, holdings: [])
    }

    private var relay: Relay
    private let now: @Sendable () -> Timestamp

    /// Waits, up to the settings' patience, for a server that is away or still loads; throws what a person must change.
    ///
    /// - Parameter tell: Takes a line for the operator: a connection lost or made again, the first refusal of a kind.
    public init(
        _ settings: RedisSettings, in context: SinkContext, tell: @escaping @Sendable (String) -> Void
    ) throws {
        guard let address = settings.address else {
            preconditionFailure("Settings with a fault must not be opened.")
        }
        let name = context.name
        relay = Relay(
            settings, to: address, node: settings.node ?? name, publisher: context.publisher
        ) { tell("\(name): \($0)") }
        now = context.now
        try open(patience: settings.patience, context)
    }

    /// What became of everything so far.
    public var counts: RelayCounts { relay.counts }

    public func receive(_ records: RawSpan, from origin: UpdateOrigin) {
        relay.receive(records, from: origin, at: now())
    }

    public func flush() { relay.flush(at: now()) }
    public func beat(_ now: Timestamp) { relay.beat(at: now) }
    public func close() { relay.close(at: now()) }

    private func open(patience: Duration, _ context: SinkContext) throws {
        let deadline = now() + DurationText.nanoseconds(patience)
        var backoff = Backoff()
        while true {
            do throws(RedisError) {
                return try relay.open()
            } catch {
                guard error.isPassing, now() < deadline, !context.isStopping() else { throw error }
                backoff.fail(at: now())
            }
            var looks = 0
            while !backoff.isDue(at: now()), now() < deadline, !context.isStopping() {
                looks += 1
                Seat.wait(looks)
            }
        }
    }
}
