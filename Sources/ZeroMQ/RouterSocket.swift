internal import CZeroMQ

/// The answering end of many askers: each message comes with the name of its asker, and an answer goes to that one.
///
/// Nobody is waited for: what an asker that does not read has no room for is dropped, and what is sent to one that has
/// gone.
public struct RouterSocket: ~Copyable, Sendable {
    /// What a socket keeps for its askers.
    public struct Limits: Sendable {
        /// Messages queued for, and from, one asker.
        public var queueLimit: Int
        /// A longer frame, in bytes, ends the connection to its sender.
        public var messageLimit: Int64

        public init(queueLimit: Int, messageLimit: Int64) {
            precondition(queueLimit > 0 && messageLimit > 0, "A socket's limits must be above zero.")
            self.queueLimit = queueLimit
            self.messageLimit = messageLimit
        }
    }

    /// Frames of one message that are kept; a message of more is dropped.
    static let frameLimit = 16

    let handle: SocketHandle
    private var frame = Frame()

    public init(in context: Context, limits: Limits) throws(ZeroMQError) {
        let handle = try SocketHandle(ZMQ_ROUTER, in: context)
        try handle.set(ZMQ_SNDHWM, to: Int32(clamping: limits.queueLimit), named: "SNDHWM")
        try handle.set(ZMQ_RCVHWM, to: Int32(clamping: limits.queueLimit), named: "RCVHWM")
        try handle.set(ZMQ_MAXMSGSIZE, to: limits.messageLimit, named: "MAXMSGSIZE")
        try handle.set(ZMQ_LINGER, to: Int32(1_000), named: "LINGER")
        self.handle = handle
    }

    /// Opens an endpoint and returns it with the real port where `*` stood.
    @discardableResult
    public func bind(to endpoint: String) throws(ZeroMQError) -> String {
        try handle.bind(to: endpoint)
        return try handle.lastEndpoint()
    }

    /// Takes one message, waiting at most `limit` for it; nil when none came. Its first frame names the asker.
    public mutating func receive(within limit: Duration) throws(ZeroMQError) -> [[UInt8]]? {
        try handle.receiveFrames(into: &frame, within: limit, atMost: RouterSocket.frameLimit)
    }

    /// Sends frames to an asker.
    public mutating func send(_ frames: [[UInt8]], to asker: [UInt8]) throws(ZeroMQError) {
        try handle.sendFrames([asker] + frames)
    }
}

/// The asking end: its questions go to one answerer, whose answers come back in any order.
public struct DealerSocket: ~Copyable, Sendable {
    let handle: SocketHandle
    private var frame = Frame()

    public init(in context: Context, limits: RouterSocket.Limits) throws(ZeroMQError) {
        let handle = try SocketHandle(ZMQ_DEALER, in: context)
        try handle.set(ZMQ_SNDHWM, to: Int32(clamping: limits.queueLimit), named: "SNDHWM")
        try handle.set(ZMQ_RCVHWM, to: Int32(clamping: limits.queueLimit), named: "RCVHWM")
        try handle.set(ZMQ_MAXMSGSIZE, to: limits.messageLimit, named: "MAXMSGSIZE")
        try handle.set(ZMQ_LINGER, to: Int32(200), named: "LINGER")
        self.handle = handle
    }

    public func connect(to endpoint: String) throws(ZeroMQError) { try handle.connect(to: endpoint) }

    /// Sends a message, or drops it where too many wait already.
    public mutating func send(_ frames: [[UInt8]]) throws(ZeroMQError) { try handle.sendFrames(frames) }

    /// Takes one message, waiting at most `limit` for it; nil when none came.
    public mutating func receive(within limit: Duration) throws(ZeroMQError) -> [[UInt8]]? {
        try handle.receiveFrames(into: &frame, within: limit, atMost: RouterSocket.frameLimit)
    }
}

extension SocketHandle {
    /// All frames of the next message, waiting at most `limit` for it; nil when none came, or one of too many frames.
    func receiveFrames(
        into frame: inout Frame, within limit: Duration, atMost frameLimit: Int
    ) throws(ZeroMQError) -> [[UInt8]]? {
        if try !frame.receive(from: self) {
            guard limit > .zero, try Poll.wait(for: self, within: limit), try frame.receive(from: self) else {
                return nil
            }
        }
        var frames = [frame.withBytes { unsafe $0.withUnsafeBytes { unsafe Array($0) } }]
        var isWhole = true
        while frame.hasMore, try frame.receive(from: self) {
            guard frames.count < frameLimit else {
                isWhole = false
                continue
            }
            frames.append(frame.withBytes { unsafe $0.withUnsafeBytes { unsafe Array($0) } })
        }
        return isWhole ? frames : nil
    }

    /// Sends one message; it is dropped where the other side has gone or has no room.
    func sendFrames(_ frames: [[UInt8]]) throws(ZeroMQError) {
        for (index, frame) in frames.enumerated() {
            let flags = ZMQ_DONTWAIT | (index + 1 < frames.count ? ZMQ_SNDMORE : 0)
            do throws(ZeroMQError) { unsafe try send(frame.span.bytes, flags: flags) } catch {
                // The first frame is refused or the whole message is taken.
                if case .callFailed(_, let code, _) = error, code == EAGAIN || code == EHOSTUNREACH { return }
                throw error
            }
        }
    }
}
