internal import CZeroMQ

/// The receiving end of a fan-out: messages of two frames whose topic begins with a wanted prefix.
public struct SubscribeSocket: ~Copyable, Sendable {
    /// What a socket keeps for its reader.
    public struct Limits: Sendable {
        /// Messages queued before the publisher's queue fills in turn.
        public var receiveLimit: Int
        /// A longer frame, in bytes, ends the connection to its sender.
        public var messageLimit: Int64

        public init(receiveLimit: Int = 65_536, messageLimit: Int64 = 64 << 20) {
            precondition(receiveLimit > 0 && messageLimit > 0, "A subscriber's limits must be above zero.")
            self.receiveLimit = receiveLimit
            self.messageLimit = messageLimit
        }
    }

    /// What one call of `receive` found.
    public enum Reception: Equatable, Sendable {
        case message
        /// Nothing came in time.
        case nothing
        /// A message that has not two frames; it was dropped.
        case malformed(frames: Int)
    }

    let handle: SocketHandle
    private var topic = Frame()
    private var payload = Frame()

    /// - Parameter curve: The reader's keys and the publisher's; nil where none are asked for.
    public init(in context: Context, limits: Limits = Limits(), curve: CurveClient? = nil) throws(ZeroMQError) {
        let handle = try SocketHandle(ZMQ_SUB, in: context)
        if let curve { try handle.meet(as: curve) }
        try handle.detectLostPeers()
        try handle.set(ZMQ_RCVHWM, to: Int32(clamping: limits.receiveLimit), named: "RCVHWM")
        try handle.set(ZMQ_MAXMSGSIZE, to: limits.messageLimit, named: "MAXMSGSIZE")
        try handle.set(ZMQ_LINGER, to: Int32(0), named: "LINGER")
        self.handle = handle
    }

    public func connect(to endpoint: String) throws(ZeroMQError) { try handle.connect(to: endpoint) }

    /// Opens an endpoint and returns it with the real port where `*` stood.
    @discardableResult
    public func bind(to endpoint: String) throws(ZeroMQError) -> String {
        try handle.bind(to: endpoint)
        return try handle.lastEndpoint()
    }

    /// Asks for the topics that begin with `prefix`; the empty prefix is all of them.
    public func subscribe(to prefix: String) throws(ZeroMQError) {
        try handle.set(ZMQ_SUBSCRIBE, to: prefix, named: "SUBSCRIBE")
    }

    public func unsubscribe(from prefix: String) throws(ZeroMQError) {
        try handle.set(ZMQ_UNSUBSCRIBE, to: prefix, named: "UNSUBSCRIBE")
    }

    /// Takes one message, waiting at most `limit` for it, and lends its two frames to `body`.
    public mutating func receive(
        within limit: Duration, _ body: (_ topic: RawSpan, _ payload: RawSpan) -> Void
    ) throws(ZeroMQError) -> Reception {
        if try !topic.receive(from: handle) {
            guard limit > .zero, try Poll.wait(for: self, within: limit).contains(.socket) else { return .nothing }
            guard try topic.receive(from: handle) else { return .nothing }
        }
        guard topic.hasMore else { return .malformed(frames: 1) }
        // The frames of a message arrive together, so that the second is there when the first is.
        guard try payload.receive(from: handle) else { return .malformed(frames: 1) }
        var frames = 2
        while payload.hasMore, try payload.receive(from: handle) { frames += 1 }
        guard frames == 2 else { return .malformed(frames: frames) }
        topic.withBytes { name in payload.withBytes { body(name, $0) } }
        return .message
    }
}
