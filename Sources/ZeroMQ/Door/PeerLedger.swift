/// What each subscriber asks for, and when that is too much. Pure; a peer is whatever names a connection.
struct PeerLedger<Peer: Hashable & Sendable>: Sendable {
    /// What one connection may ask for.
    struct Limits: Sendable {
        /// Prefixes at once.
        var subscriptions: Int
        /// Bytes of prefixes at once: ZeroMQ keeps them in a tree with a node for each byte.
        var prefixBytes: Int
        /// The same of all connections together.
        var allPrefixBytes: Int
    }

    private struct Account: Sendable {
        // Each prefix once, as ZeroMQ keeps it: whoever takes back what he never asked for must gain nothing by it.
        var prefixes: Set<[UInt8]> = []
        var bytes = 0
    }

    private let limits: Limits
    private(set) var allPrefixBytes = 0
    private var accounts: [Peer: Account] = [:]

    init(_ limits: Limits) { self.limits = limits }

    var peers: some Collection<Peer> { accounts.keys }
    var count: Int { accounts.count }
    /// Whether a look for peers that have gone could make room.
    var isFull: Bool { allPrefixBytes > limits.allPrefixBytes }

    /// Takes a prefix that came or went; false when the peer has asked for too much.
    mutating func receive(isSubscription: Bool, of prefix: [UInt8], from peer: Peer) -> Bool {
        if isSubscription {
            if accounts[peer, default: Account()].prefixes.insert(prefix).inserted {
                accounts[peer]?.bytes += prefix.count
                allPrefixBytes += prefix.count
            }
        } else if accounts[peer]?.prefixes.remove(prefix) != nil {
            accounts[peer]?.bytes -= prefix.count
            allPrefixBytes -= prefix.count
        }
        let (count, bytes) = accounts[peer].map { ($0.prefixes.count, $0.bytes) } ?? (0, 0)
        return count <= limits.subscriptions && bytes <= limits.prefixBytes
    }

    mutating func remove(_ peer: Peer) { allPrefixBytes -= accounts.removeValue(forKey: peer)?.bytes ?? 0 }
}
