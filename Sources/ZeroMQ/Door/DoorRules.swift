/// Who may come to an endpoint, and how much of this program's attention one of them may have.
public struct DoorRules: Sendable {
    /// Connections at once, where nothing else is said: each takes a descriptor of perhaps 1,024 and some kilobytes.
    public static let standardConnections = 256

    /// Nil for an endpoint without keys.
    public var curve: CurveServer?
    public var connectionLimit: Int
    /// How long a peer may take to say who it is; three ways there and back, over the slowest of lines.
    public var handshakeLimit: Duration
    /// Bytes that one connection may send at once, and each second after that. Subscribers send prefixes alone: the
    /// first of these is thousands of them.
    public var inboundBurst: Int
    public var inboundRate: Int
    public var budgets = DoorBudgets()

    public init(
        curve: CurveServer? = nil, connectionLimit: Int = DoorRules.standardConnections,
        handshakeLimit: Duration = .seconds(10), inboundBurst: Int = 128 << 10, inboundRate: Int = 32 << 10
    ) {
        precondition(connectionLimit > 0 && handshakeLimit > .zero, "A door must let somebody in.")
        precondition(inboundBurst > 0 && inboundRate > 0, "A peer must be allowed to ask.")
        self.curve = curve
        self.connectionLimit = connectionLimit
        self.handshakeLimit = handshakeLimit
        self.inboundBurst = inboundBurst
        self.inboundRate = inboundRate
    }
}

/// Why somebody was not let in, or was turned away again.
public enum Denial: String, CaseIterable, Hashable, Sendable {
    /// A key that no allow-list names.
    case unknownKey = "an unknown key"
    /// The key was taken from the allow-list while its owner was connected.
    case revokedKey = "a key that is allowed no more"
    /// No key where one belongs, a key where none is asked for, or the wrong one of this server.
    case wrongSecurity = "another kind of security"
    /// What came was no handshake.
    case brokenHandshake = "a broken handshake"
    /// The handshake did not end in time, or the peer went before its end.
    case unfinishedHandshake = "an unfinished handshake"
    case connections = "too many connections"
    /// All newcomers together have cost so much that nobody else may come now.
    case rush = "too many newcomers"
    /// The connections of its address have cost too much, one after the other or together.
    case addressBudget = "too much from one address"
    /// Somebody of that address was turned away for a flood a moment ago.
    case floodedBefore = "an address that has just flooded"
    case inboundBytes = "too much sent"
    case subscriptions = "too many subscriptions"
    /// Something was sent that is no subscription.
    case foreignMessage = "a message to a publisher"
}

/// What happened at a door since it was opened.
public struct DoorCounts: Equatable, Sendable {
    /// Connections whose handshake ended well.
    public var admitted: UInt64 = 0
    public var denied: [Denial: UInt64] = [:]
    /// Connections that are there now.
    public var connections = 0

    public init() {}
}
