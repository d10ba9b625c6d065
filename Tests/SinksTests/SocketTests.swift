import Market
import Memory
import Sinks
import Testing
import Updates
import Wire
import ZeroMQ

@Suite(.serialized) struct `Publishing over ZeroMQ` {
    private func open(_ encoding: MessageEncoding, _ context: Context, bind: String = "tcp://127.0.0.1:*")
        throws(ZeroMQError) -> Publisher
    {
        var publisher = try Publisher(
            Publication(encoding: encoding), bind: bind,
            limits: PublishSocket.Limits(sendLimit: 100_000, linger: .zero), in: context)
        SampleNode.add(to: &publisher)
        return publisher
    }

    @Test func `a port in use is refused by name`() throws {
        let context = try Context()
        let first = try open(.json, context)
        let endpoint = first.endpoint
        #expect(throws: ZeroMQError.addressInUse(endpoint: endpoint)) { _ = try open(.json, context, bind: endpoint) }
        #expect("\(ZeroMQError.addressInUse(endpoint: endpoint))".hasPrefix(endpoint))
        for bad in ["tcp://127.0.0.1", "nowhere://x", "tcp://1.2.3.4:5", ""] {
            do throws(ZeroMQError) {
                _ = try open(.json, context, bind: bad)
                Issue.record("\(bad) was bound")
            } catch {
                guard case .endpointRefused(bad, _, let reason) = error else {
                    Issue.record("\(error)")
                    continue
                }
                #expect(!reason.isEmpty)
            }
        }
        withExtendedLifetime(first.endpoint) {}
    }

    @Test(arguments: MessageEncoding.allCases, ["tcp://127.0.0.1:*", "inproc://public", "ipc://*"])
    func `messages arrive whole, in order, and only where they are wanted`(
        encoding: MessageEncoding, endpoint: String
    ) throws {
        let context = try Context()
        var publisher = try open(encoding, context, bind: endpoint)
        var wanted = try SubscribeSocket(in: context)
        var other = try SubscribeSocket(in: context)
        try wanted.connect(to: publisher.endpoint)
        try other.connect(to: publisher.endpoint)
        try wanted.subscribe(to: "candle/1m/BTC%2FUSD/")
        try wanted.subscribe(to: "heartbeat/")
        try other.subscribe(to: "candle/1m/BTC/")
        try awaitChange(&publisher, subscriptions: 3)
        try publishTwoTopics(of: 500, &publisher)
        var reader = StreamReader(delivery: .latest)
        var (updates, topics) = (0, Set<String>())
        while !topics.contains("heartbeat/flow/") {
            var failure: WireError?
            let reception = try wanted.receive(within: .seconds(5)) { name, payload in
                let topic = MessagePeek.text(name)
                do throws(WireError) {
                    let message = try MessagePeek(payload)
                    let action = reader.receive(topic: topic, head: message.head, count: message.count)
                    #expect(action == .deliver(skipping: 0))
                    topics.insert(topic)
                    updates += message.count
                } catch { failure = error }
            }
            #expect(failure == nil)
            try #require(reception == .message)
        }
        #expect(updates == 501 && topics == ["candle/1m/BTC%2FUSD/", "heartbeat/flow/"])
        let nothing = try other.receive(within: .zero) { _, _ in }
        #expect(nothing == .nothing)
        try wanted.unsubscribe(from: "heartbeat/")
        try awaitChange(&publisher, subscriptions: 2)
    }

    /// Publishes so many updates of each of two symbols, and a heartbeat.
    private func publishTwoTopics(of count: UInt64, _ publisher: inout Publisher) throws(ZeroMQError) {
        var outbox = Outbox()
        for number in UInt64(1)...count {
            SampleNode.appendCandle(number, symbol: 0, to: &outbox)
            SampleNode.appendCandle(number, symbol: 1, to: &outbox)
        }
        try outbox.withBytes { (bytes) throws(ZeroMQError) in
            try publisher.publish(bytes, from: 0, at: SampleNode.time, symbols: SampleNode.symbol)
        }
        try publisher.beat(at: SampleNode.time)
    }

    /// Waits until the publisher knows so many subscriptions; five seconds at most.
    private func awaitChange(_ publisher: inout Publisher, subscriptions: Int) throws {
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(5)
        while publisher.subscriptions != subscriptions, clock.now < deadline {
            try publisher.noteSubscriptions()
        }
        let known = publisher.subscriptions
        try #require(known == subscriptions)
    }

    @Test func `a subscriber that does not read loses messages and sees it`() throws {
        let context = try Context()
        var publisher = try Publisher(
            Publication(encoding: .json), bind: "inproc://slow",
            limits: PublishSocket.Limits(sendLimit: 10, linger: .zero), in: context)
        SampleNode.add(to: &publisher)
        var socket = try SubscribeSocket(in: context, limits: SubscribeSocket.Limits(receiveLimit: 10))
        try socket.connect(to: publisher.endpoint)
        try socket.subscribe(to: "")
        try awaitChange(&publisher, subscriptions: 1)
        var outbox = Outbox()
        var reader = StreamReader(delivery: .latest)
        var tail: Hole?
        func drain(_ socket: inout SubscribeSocket) throws {
            while try socket.receive(
                within: .zero,
                { name, payload in
                    guard let message = try? MessagePeek(payload) else { return }
                    if MessagePeek.text(name).hasPrefix("heartbeat/") {
                        tail = reader.receiveHeartbeat(
                            publisher: message.head.publisher, headPosition: message.head.position)
                    }
                    _ = reader.receive(topic: MessagePeek.text(name), head: message.head, count: message.count)
                }) == .message
            {}
        }
        for number in UInt64(1)...100 { SampleNode.appendCandle(number, symbol: 0, to: &outbox) }
        try outbox.withBytes { (bytes) throws(ZeroMQError) in
            try publisher.publish(bytes, from: 0, at: SampleNode.time, symbols: SampleNode.symbol)
        }
        try drain(&socket)
        try publisher.beat(at: SampleNode.time)
        try drain(&socket)
        let next = reader.reader(of: "candle/1m/BTC%2FUSD/")?.next
        #expect(next == 21 && tail == Hole(expected: 21, received: 101))
    }
}
