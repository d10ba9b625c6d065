/// What each subscriber asks for, and when that is too much. Pure; a peer is whatever names a connection.
struct PeerLedger<Peer: Hashable & Sendable>: Sendable {
    /// What one connection may ask for.
    struct Limits: Sendable {
        /// Prefixes at once.
        var subscriptions: Int
        /// Bytes of prefixes at once: ZeroMQ keeps them in a tree with a node for each byte.
        var prefixBytes: Int
        /// The same of all connections together, where a prefix that many ask for counts once.
        var allPrefixBytes: Int
    }

    /// What one change of a peer's prefixes means.
    struct Outcome: Equatable, Sendable {
        /// Whether the peer still asks for no more than it may.
        let isModest: Bool
        /// What it costs: the bytes by which the tree grew or shrank, and the message itself.
        let work: Int
        /// What the peer has cost so far.
        let allWork: Int
    }

    private struct Account: Sendable {
        // Each prefix once, as ZeroMQ keeps it: whoever takes back what he never asked for must gain nothing by it.
        var prefixes: Set<[UInt8]> = []
        var bytes = 0
        var work = 0
    }

    private let limits: Limits
    /// Bytes of all prefixes: one that many ask for is in the tree once.
    private(set) var allPrefixBytes = 0
    private var accounts: [Peer: Account] = [:]
    /// How many ask for each prefix.
    private var askers: [[UInt8]: Int] = [:]

    init(_ limits: Limits) { self.limits = limits }

    var peers: some Collection<Peer> { accounts.keys }
    var count: Int { accounts.count }
    /// Whether a look for peers that have gone could make room.
    var isFull: Bool { allPrefixBytes > limits.allPrefixBytes }

    /// Takes a prefix that came or went.
    mutating func receive(isSubscription: Bool, of prefix: [UInt8], from peer: Peer) -> Outcome {
        var account = accounts.removeValue(forKey: peer) ?? Account()
        var work = DoorBudgets.perMessage
        if isSubscription, account.prefixes.insert(prefix).inserted {
            account.bytes += prefix.count
            work += plant(prefix)
        } else if !isSubscription, account.prefixes.remove(prefix) != nil {
            account.bytes -= prefix.count
            work += uproot(prefix)
        }
        account.work += work
        let isModest = account.prefixes.count <= limits.subscriptions && account.bytes <= limits.prefixBytes
        accounts[peer] = account
        return Outcome(isModest: isModest, work: work, allWork: account.work)
    }

    mutating func remove(_ peer: Peer) {
        for prefix in accounts.removeValue(forKey: peer)?.prefixes ?? [] { _ = uproot(prefix) }
    }

    private mutating func plant(_ prefix: [UInt8]) -> Int {
        askers[prefix, default: 0] += 1
        guard askers[prefix] == 1 else { return 0 }
        allPrefixBytes += prefix.count
        return prefix.count
    }

    private mutating func uproot(_ prefix: [UInt8]) -> Int {
        guard let count = askers[prefix] else { return 0 }
        askers[prefix] = count > 1 ? count - 1 : nil
        guard count == 1 else { return 0 }
        allPrefixBytes -= prefix.count
        return prefix.count
    }
}
