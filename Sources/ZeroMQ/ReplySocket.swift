internal import CZeroMQ

/// The answering end of questions: one frame in, one frame out, in turn.
public struct ReplySocket: ~Copyable, Sendable {
    /// A longer question, in bytes, ends the connection to whoever sent it.
    public static let requestLimit: Int64 = 1 << 20

    let handle: SocketHandle
    private var frame = Frame()

    /// - Parameter door: Who stands before the socket; nil where only this program connects.
    public init(in context: Context, door: Door? = nil) throws(ZeroMQError) {
        let handle = try SocketHandle(ZMQ_REP, in: context, door: door)
        try handle.openDoor()
        try handle.set(ZMQ_MAXMSGSIZE, to: ReplySocket.requestLimit, named: "MAXMSGSIZE")
        try handle.set(ZMQ_LINGER, to: Int32(1_000), named: "LINGER")
        self.handle = handle
    }

    /// Opens an endpoint and returns it with the real port where `*` stood.
    @discardableResult
    public func bind(to endpoint: String) throws(ZeroMQError) -> String {
        try handle.bind(to: endpoint)
        return try handle.lastEndpoint()
    }

    /// Answers one question, waiting at most `limit` for it; false when none came. Of a question of several frames the
    /// first is answered.
    @discardableResult
    public mutating func serve(
        within limit: Duration, _ answer: (_ question: [UInt8]) -> [UInt8]
    ) throws(ZeroMQError) -> Bool {
        if try !frame.receive(from: handle) {
            guard try Poll.wait(for: handle, within: limit), try frame.receive(from: handle) else { return false }
        }
        let question = frame.array
        while frame.hasMore, try frame.receive(from: handle) {}
        let text = answer(question)
        unsafe try handle.send(text.span.bytes, flags: 0)
        return true
    }
}
