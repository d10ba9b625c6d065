internal import Memory
internal import TestPrograms
internal import ZeroMQ

/// A line between a publisher and its subscribers that loses messages: with the same seed the same.
public final class LossyProxy {
    public let endpoint: String
    private var input: SubscribeSocket
    private var output: PublishSocket
    private var chance: SeededChance
    /// Of a hundred messages so many are lost.
    public var losses: Int
    public private(set) var lost = 0
    public private(set) var subscriptions = 0

    public init(to publisher: String, losses: Int, seed: UInt64) throws {
        let context = try Context()
        let input = try SubscribeSocket(in: context)
        try input.connect(to: publisher)
        try input.subscribe(to: "")
        let output = try PublishSocket(in: context, limits: PublishSocket.Limits(linger: .zero))
        endpoint = try output.bind(to: "tcp://127.0.0.1:*")
        self.input = input
        self.output = output
        self.losses = losses
        chance = SeededChance(seed: seed)
    }

    /// Carries on what is there; returns how many messages came.
    @discardableResult
    public func pump(within limit: Duration = .milliseconds(20)) throws -> Int {
        while let change = try output.nextSubscriptionChange() {
            if case .subscribed = change { subscriptions += 1 }
        }
        var count = 0
        var message: (topic: [UInt8], payload: [UInt8])?
        while try input.receive(within: count == 0 ? limit : .zero, { message = ($0.array, $1.array) }) == .message {
            count += 1
            guard chance.below(100) >= losses, let message else {
                lost += 1
                continue
            }
            try message.topic.withRawSpan { (topic) throws(ZeroMQError) in
                try message.payload.withRawSpan { (payload) throws(ZeroMQError) in
                    try output.send(topic: topic, payload: payload)
                }
            }
        }
        return count
    }
}
