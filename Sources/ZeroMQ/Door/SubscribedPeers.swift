/// The subscribers of a guarded publisher: who asks for too much, or may be here no more, is turned away.
struct SubscribedPeers: Sendable {
    private struct Peer: Hashable, Sendable {
        let descriptor: Int32
        let mark: ConnectionMark
        let key: PublicKey?
    }

    /// Those that have gone are only looked for beyond this many.
    private static let sweepLimit = 1_024

    private var ledger = PeerLedger<Peer>(
        PeerLedger.Limits(
            subscriptions: PublishSocket.subscriptionLimit, prefixBytes: PublishSocket.prefixByteLimit,
            allPrefixBytes: PublishSocket.allPrefixByteLimit))
    private var listChanges = 0
    private var nextSweep = SubscribedPeers.sweepLimit

    /// Takes what a peer sent: a change of its subscriptions, or (nil) what belongs to no subscriber.
    mutating func receive(_ change: PublishSocket.SubscriptionChange?, _ frame: borrowing Frame, at door: DoorRecord) {
        guard let descriptor = frame.descriptor, let mark = ConnectionMark(of: descriptor) else { return }
        let peer = Peer(descriptor: descriptor, mark: mark, key: frame.senderKey)
        let isSubscription: Bool
        switch change {
        case .subscribed?: isSubscription = true
        case .unsubscribed?: isSubscription = false
        case nil: return turnAway(peer, .foreignMessage, door)
        }
        guard door.allows(peer.key) else { return turnAway(peer, .revokedKey, door) }
        if ledger.count >= nextSweep { sweep() }
        let prefix = Array(frame.array.dropFirst())
        let isModest = ledger.receive(isSubscription: isSubscription, of: prefix, from: peer)
        if ledger.isFull { sweep() }
        // Where all together ask for too much, whoever comes last must go: those that are served stay so.
        guard !isModest || (isSubscription && ledger.isFull) else { return }
        turnAway(peer, .subscriptions, door)
    }

    /// Turns those away whose keys were taken from the allow-list.
    mutating func turnAwayRevoked(_ door: DoorRecord) {
        let changes = door.listChanges
        guard changes != listChanges else { return }
        listChanges = changes
        for peer in Array(ledger.peers) where !door.allows(peer.key) { turnAway(peer, .revokedKey, door) }
    }

    private mutating func turnAway(_ peer: Peer, _ reason: Denial, _ door: DoorRecord) {
        ledger.remove(peer)
        if reason == .subscriptions { door.bar(ConnectionMark.address(peer.descriptor)) }
        // What such a peer sent before its end comes still, and counts once.
        guard peer.mark.end(peer.descriptor) else { return }
        door.note(reason)
    }

    /// Forgets peers that have gone: ZeroMQ does not say whose subscriptions went with a connection.
    private mutating func sweep() {
        for peer in Array(ledger.peers) where ConnectionMark(of: peer.descriptor) != peer.mark { ledger.remove(peer) }
        nextSweep = max(SubscribedPeers.sweepLimit, 2 * ledger.count)
    }
}
