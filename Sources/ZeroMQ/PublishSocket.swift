internal import CZeroMQ

/// The sending end of a fan-out: every message goes to all who asked for its topic, and to nobody else.
///
/// A subscriber that reads too slowly loses what exceeds `sendLimit`, silently: only the updates' numbers show it.
public struct PublishSocket: ~Copyable, Sendable {
    /// What a socket keeps for its subscribers.
    public struct Limits: Sendable {
        /// Messages queued for one subscriber; beyond it that subscriber loses the newest.
        public var sendLimit: Int
        /// How long messages may still leave after the socket has closed.
        public var linger: Duration

        public init(sendLimit: Int = 65_536, linger: Duration = .seconds(1)) {
            precondition(sendLimit > 0, "A publisher must queue something; zero would mean no limit.")
            self.sendLimit = sendLimit
            self.linger = linger
        }
    }

    /// A subscriber's prefix that came or went.
    public enum SubscriptionChange: Equatable, Sendable {
        case subscribed(prefix: [UInt8])
        case unsubscribed
    }

    /// A peer may send no longer message than this, in bytes: all it sends are prefixes, and a handshake below 500.
    public static let prefixLimit: Int64 = 1_024
    /// Prefixes, and bytes of them, that one connection may ask for at once: some kinds of a thousand symbols. ZeroMQ
    /// keeps them in a tree with a node of some dozens of bytes for each character.
    public static let subscriptionLimit = 2_048
    public static let prefixByteLimit = 64 << 10
    /// The same of all connections together: some hundred megabytes of such a tree.
    public static let allPrefixByteLimit = 4 << 20
    /// Prefixes of one connection that wait to be taken, and bytes that the system keeps for them. What a flood sends
    /// before it is noticed is worked off by the publisher's own thread, so it shall be little.
    private static let waitingLimit: Int32 = 256
    private static let waitingBytes: Int32 = 16 << 10

    let handle: SocketHandle
    private let door: Door?
    private var frame = Frame()
    private var peers = SubscribedPeers()

    /// - Parameter door: Who stands before the socket; nil where only this program connects.
    public init(in context: Context, limits: Limits = Limits(), door: Door? = nil) throws(ZeroMQError) {
        let handle = try SocketHandle(ZMQ_XPUB, in: context, door: door)
        try handle.openDoor()
        try handle.set(ZMQ_RCVHWM, to: PublishSocket.waitingLimit, named: "RCVHWM")
        try handle.set(ZMQ_RCVBUF, to: PublishSocket.waitingBytes, named: "RCVBUF")
        try handle.set(ZMQ_SNDHWM, to: Int32(clamping: limits.sendLimit), named: "SNDHWM")
        try handle.set(ZMQ_LINGER, to: Int32(limits.linger.wholeMilliseconds), named: "LINGER")
        try handle.set(ZMQ_XPUB_VERBOSER, to: Int32(1), named: "XPUB_VERBOSER")
        try handle.set(ZMQ_MAXMSGSIZE, to: PublishSocket.prefixLimit, named: "MAXMSGSIZE")
        self.handle = handle
        self.door = door
    }

    /// Opens an endpoint and returns it with the real port where `*` stood.
    @discardableResult
    public func bind(to endpoint: String) throws(ZeroMQError) -> String {
        try handle.bind(to: endpoint)
        return try handle.lastEndpoint()
    }

    /// Sends to a subscriber or a proxy that is bound.
    public func connect(to endpoint: String) throws(ZeroMQError) { try handle.connect(to: endpoint) }

    /// Sends one message of two frames. Never waits.
    public mutating func send(topic: RawSpan, payload: RawSpan) throws(ZeroMQError) {
        try handle.send(topic, flags: ZMQ_DONTWAIT | ZMQ_SNDMORE)
        try handle.send(payload, flags: ZMQ_DONTWAIT)
    }

    /// The next change of subscriptions, nil when there is none. Whoever publishes must ask regularly: they queue up.
    public mutating func nextSubscriptionChange() throws(ZeroMQError) -> SubscriptionChange? {
        if let door { peers.turnAwayRevoked(door.record) }
        while try frame.receive(from: handle) {
            let first = frame.withBytes { $0.byteCount > 0 ? $0.firstByte : nil }
            let change: SubscriptionChange? =
                first == 0
                ? .unsubscribed
                : first == 1 ? .subscribed(prefix: Array(frame.array.dropFirst())) : nil
            if let door { peers.receive(change, frame, at: door.record) }
            // Anything else a peer may send is not a subscription and is dropped.
            if let change { return change }
        }
        return nil
    }
}

extension RawSpan {
    fileprivate var firstByte: UInt8 { unsafe unsafeLoad(fromByteOffset: 0, as: UInt8.self) }
}
