/// The subscribers of a guarded publisher: who asks for too much, or may be here no more, is turned away.
struct SubscribedPeers: Sendable {
    /// One of them, and by which descriptor it came.
    private struct Peer: Hashable, Sendable {
        let admission: Admission
        let descriptor: Int32

        static func == (one: Peer, other: Peer) -> Bool { one.admission.moment == other.admission.moment }
        func hash(into hasher: inout Hasher) { hasher.combine(admission.moment) }
    }

    /// Those that have gone are only looked for beyond this many.
    private static let sweepLimit = 1_024
    /// What one connection may cost in all without being ended for what its address has cost.
    private static let modestWork = 32 << 10

    private var ledger = PeerLedger<Peer>(
        PeerLedger.Limits(
            subscriptions: PublishSocket.subscriptionLimit, prefixBytes: PublishSocket.prefixByteLimit,
            allPrefixBytes: PublishSocket.allPrefixByteLimit))
    private var listChanges = 0
    private var departures = 0
    private var nextSweep = SubscribedPeers.sweepLimit
    /// The admission that was read last: what one peer sends comes in runs.
    private var last: (text: String, admission: Admission)?

    /// Takes what a peer sent: a change of its subscriptions, or (nil) what belongs to no subscriber.
    mutating func receive(_ change: PublishSocket.SubscriptionChange?, _ frame: borrowing Frame, at door: DoorRecord) {
        guard let admission = admission(of: frame), let descriptor = frame.descriptor else { return }
        let peer = Peer(admission: admission, descriptor: descriptor)
        let prefix = Array(frame.array.dropFirst())
        // Whoever has gone meanwhile, or was turned away, has cost what it sent, and asks for nothing any more.
        guard door.knows(admission, at: descriptor) else {
            ledger.remove(peer)
            let isModest = charge(DoorBudgets.perMessage + prefix.count, to: peer, door)
            return isModest ? () : door.bar(admission.address)
        }
        guard let change else {
            _ = charge(DoorBudgets.perMessage + prefix.count, to: peer, door)
            return turnAway(peer, .foreignMessage, door)
        }
        guard door.allows(admission.key) else { return turnAway(peer, .revokedKey, door) }
        if ledger.count >= nextSweep { sweep(door) }
        let isSubscription = change != .unsubscribed
        let outcome = ledger.receive(isSubscription: isSubscription, of: prefix, from: peer)
        if ledger.isFull { sweep(door) }
        if !charge(outcome.work, to: peer, door) {
            door.bar(admission.address)
            // A modest reader shall not pay for what others of its address have done.
            if outcome.allWork > SubscribedPeers.modestWork { return turnAway(peer, .addressBudget, door) }
        }
        // Where all together ask for too much, whoever comes last must go: those that are served stay so.
        guard !outcome.isModest || (isSubscription && ledger.isFull) else { return }
        door.bar(admission.address)
        turnAway(peer, .subscriptions, door)
    }

    /// Turns those away whose keys were taken from the allow-list.
    mutating func turnAwayRevoked(_ door: DoorRecord) {
        let changes = door.listChanges
        guard changes != listChanges else { return }
        listChanges = changes
        for peer in Array(ledger.peers) where !door.allows(peer.admission.key) { turnAway(peer, .revokedKey, door) }
    }

    private mutating func admission(of frame: borrowing Frame) -> Admission? {
        guard let text = frame.admission else { return nil }
        if let last, last.text == text { return last.admission }
        guard let admission = Admission(text) else { return nil }
        last = (text, admission)
        return admission
    }

    private func charge(_ work: Int, to peer: Peer, _ door: DoorRecord) -> Bool {
        door.charge(work, to: peer.admission.address, prefixBytes: ledger.allPrefixBytes)
    }

    private mutating func turnAway(_ peer: Peer, _ reason: Denial, _ door: DoorRecord) {
        ledger.remove(peer)
        door.turnAway(peer.admission, at: peer.descriptor, reason)
    }

    /// Forgets peers that have gone: ZeroMQ does not say whose subscriptions went with a connection.
    private mutating func sweep(_ door: DoorRecord) {
        nextSweep = max(SubscribedPeers.sweepLimit, 2 * ledger.count)
        let gone = door.departures
        guard gone != departures else { return }
        departures = gone
        for peer in Array(ledger.peers) where !door.knows(peer.admission, at: peer.descriptor) {
            ledger.remove(peer)
        }
        nextSweep = max(SubscribedPeers.sweepLimit, 2 * ledger.count)
    }
}
