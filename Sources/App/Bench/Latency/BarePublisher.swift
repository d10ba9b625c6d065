internal import Memory
internal import Rings
internal import ZeroMQ

/// The yardstick: one thread that sends the same bytes at the same beat on a socket of its own, and nothing else.
///
/// The wrapper of the socket is `zmq_send` twice with a look at its result; queue lengths are those of the program's
/// own endpoint.
struct BarePublisher: ~Copyable {
    private static let patience: Int64 = 20_000_000_000

    private let pacing: Pacing
    private let symbols: Int
    private var socket: PublishSocket

    init(_ pacing: Pacing, symbols: Int, bind endpoint: String, in context: Context) throws {
        self.pacing = pacing
        self.symbols = symbols
        let socket = try PublishSocket(in: context)
        try socket.bind(to: endpoint)
        self.socket = socket
    }

    /// Waits for one subscriber, then sends everything.
    mutating func run() throws {
        try waitForSubscriber()
        pacing.takeSeat()
        let topics = (0..<symbols).map { Array("trade/SYM\($0)/".utf8) }
        var payload = StampedMessage.example()
        let begin = Seat.monotonic + 50_000_000
        for index in 0..<pacing.count {
            let due = pacing.due(index, from: begin)
            pacing.wait(until: due)
            StampedMessage.write(due, into: &payload)
            try topics[index % symbols].withRawSpan { topic throws(ZeroMQError) in
                try payload.withBytes { bytes throws(ZeroMQError) in try socket.send(topic: topic, payload: bytes) }
            }
        }
    }

    private mutating func waitForSubscriber() throws {
        let deadline = Seat.monotonic + BarePublisher.patience
        var looks = 0
        while true {
            if case .subscribed? = try socket.nextSubscriptionChange() { return }
            guard Seat.monotonic < deadline else { throw BenchFailure("no subscriber came to the bare pair") }
            looks += 1
            Seat.wait(looks)
        }
    }
}
