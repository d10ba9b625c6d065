internal import CZeroMQ

/// What a socket of questions and answers keeps for each other side.
public struct QueueLimits: Sendable {
    /// Messages that wait for one of them, and from one of them; what is more is dropped.
    public var queueLimit: Int
    /// A longer frame, in bytes, ends the connection to its sender.
    public var frameLimit: Int64

    public init(queueLimit: Int, frameLimit: Int64) {
        precondition(queueLimit > 0 && frameLimit > 0, "A socket's limits must be above zero.")
        self.queueLimit = queueLimit
        self.frameLimit = frameLimit
    }
}

extension SocketHandle {
    /// - Parameter linger: How long messages may still leave after the socket has closed.
    func set(_ limits: QueueLimits, linger: Duration) throws(ZeroMQError) {
        try set(ZMQ_SNDHWM, to: Int32(clamping: limits.queueLimit), named: "SNDHWM")
        try set(ZMQ_RCVHWM, to: Int32(clamping: limits.queueLimit), named: "RCVHWM")
        try set(ZMQ_MAXMSGSIZE, to: limits.frameLimit, named: "MAXMSGSIZE")
        try set(ZMQ_LINGER, to: Int32(linger.wholeMilliseconds), named: "LINGER")
    }
}
