internal import CZeroMQ

/// One endpoint's door: what sockets of the endpoint are given, and what its owner asks for numbers.
///
/// It keeps the doorkeeper's thread at work as long as a socket stands behind it.
public final class Door: Sendable {
    let record: DoorRecord
    private let keeper: Doorkeeper

    init(_ record: DoorRecord, keeper: Doorkeeper) {
        self.record = record
        self.keeper = keeper
    }

    public var rules: DoorRules { record.rules }
    public var counts: DoorCounts { record.counts }

    /// Files of the allow-list that hold no key, now.
    public var listFaults: [KeyFault] { record.listFaults }

    /// Puts the door before a socket, which must not be bound yet.
    func guardSocket(_ handle: borrowing SocketHandle) throws(ZeroMQError) {
        try handle.set(ZMQ_HANDSHAKE_IVL, to: Int32(rules.handshakeLimit.wholeMilliseconds), named: "HANDSHAKE_IVL")
        try handle.set(ZMQ_BACKLOG, to: Int32(clamping: rules.connectionLimit), named: "BACKLOG")
        try handle.detectLostPeers()
        try handle.ask(by: record.domain)
        if let curve = rules.curve { try handle.serve(as: curve) }
        try keeper.watch(handle, for: record)
    }
}
