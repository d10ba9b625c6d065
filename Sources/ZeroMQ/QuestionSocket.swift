internal import CZeroMQ

/// The asking end: one question, then its answer of one frame or many. An answer that comes too late is thrown away,
/// and the next question may be sent all the same.
public struct QuestionSocket: ~Copyable, Sendable {
    /// A longer frame of an answer, in bytes, ends the connection to its sender.
    public static let frameLimit: Int64 = 64 << 20

    let handle: SocketHandle
    private var frame = Frame()

    /// - Parameter curve: the keys of an endpoint that has some.
    public init(in context: Context, curve: CurveClient? = nil) throws(ZeroMQError) {
        let handle = try SocketHandle(ZMQ_REQ, in: context)
        if let curve { try handle.meet(as: curve) }
        try handle.set(ZMQ_REQ_RELAXED, to: Int32(1), named: "REQ_RELAXED")
        try handle.set(ZMQ_REQ_CORRELATE, to: Int32(1), named: "REQ_CORRELATE")
        try handle.set(ZMQ_MAXMSGSIZE, to: QuestionSocket.frameLimit, named: "MAXMSGSIZE")
        try handle.set(ZMQ_LINGER, to: Int32(0), named: "LINGER")
        self.handle = handle
    }

    public func connect(to endpoint: String) throws(ZeroMQError) { try handle.connect(to: endpoint) }

    /// Sends a question and waits at most `limit` for its answer; nil when none came.
    public mutating func ask(_ question: [UInt8], within limit: Duration) throws(ZeroMQError) -> [[UInt8]]? {
        unsafe try handle.send(question.span.bytes, flags: 0)
        return try answer(within: limit)
    }

    /// Waits on for the answer to the last question; nil when none came.
    public mutating func answer(within limit: Duration) throws(ZeroMQError) -> [[UInt8]]? {
        let deadline = ContinuousClock.now + limit
        while try !frame.receive(from: handle) {
            let rest = deadline - ContinuousClock.now
            guard rest > .zero else { return nil }
            _ = try Poll.wait(for: handle, within: rest)
        }
        var frames = [bytes]
        while frame.hasMore, try frame.receive(from: handle) { frames.append(bytes) }
        return frames
    }

    private var bytes: [UInt8] { frame.withBytes { unsafe $0.withUnsafeBytes { unsafe Array($0) } } }
}
