internal import Engine
internal import Market
internal import Memory
internal import Rings
internal import ZeroMQ

/// Receives stamped trades and counts how long each was under way.
struct LatencySubscriber {
    /// What it waits for, and where.
    struct Task: Sendable {
        var endpoint: String
        /// Trades that are sent, and how many of the first are left out: connections and caches are cold then.
        var expected: Int
        var warmup: Int
        /// Subscribers in one thread that take turns; more than one only for a fan-out.
        var sockets = 1
        var core: Int?
    }

    /// What came.
    struct Outcome: Equatable, Sendable {
        var histogram = LatencyHistogram()
        var received = 0
        var messages = 0
    }

    /// How long to wait for the first message, and for each further one; longer than a busy machine lets a thread wait.
    private static let patience = Duration.seconds(20)
    private static let silence = Duration.seconds(5)

    private let task: Task

    init(_ task: Task) { self.task = task }

    /// Receives until everything came, or nothing more does.
    func run(in context: Context) throws -> Outcome {
        if let core = task.core, let failure = Seat.pin(to: core) {
            Terminal.complain("The subscriber is not tied to core \(core): error \(failure).")
        }
        var socket = try SubscribeSocket(
            in: context, limits: SubscribeSocket.Limits(receiveLimit: max(task.expected, 65_536)))
        try socket.subscribe(to: "trade/")
        try socket.connect(to: task.endpoint)
        var outcome = Outcome()
        while outcome.received < task.expected {
            let limit = outcome.received == 0 ? LatencySubscriber.patience : LatencySubscriber.silence
            let reception = try socket.receive(within: limit) { _, payload in take(payload, &outcome) }
            if reception == .nothing { break }
        }
        return outcome
    }

    private func take(_ payload: RawSpan, _ outcome: inout Outcome) {
        let now = Seat.monotonic
        outcome.messages += 1
        for index in 0..<StampedMessage.count(in: payload) {
            outcome.received += 1
            guard outcome.received > task.warmup else { continue }
            outcome.histogram.add(now - StampedMessage.stamp(index, in: payload))
        }
    }
}

extension LatencySubscriber.Outcome {
    var text: String { "\(received) \(messages) \(histogram.text)" }

    /// Nil for what is no such text.
    init?(_ text: String) {
        let words = text.split(separator: " ", maxSplits: 2)
        guard words.count == 3, let received = Int(words[0]), let messages = Int(words[1]),
            let histogram = LatencyHistogram(words[2].trimming())
        else { return nil }
        self.init(histogram: histogram, received: received, messages: messages)
    }
}

extension Substring {
    fileprivate func trimming() -> Substring { last == "\n" ? dropLast() : self }
}
