/// The files of keys by which the processes of a topology know each other.
public struct LinkKeys: NodeSettings, Hashable {
    /// The process's own secret key.
    public let secret: String
    /// Its public key, for those that read its journals: nil where nobody does.
    public let publicKey: String?
    /// Who may read its journals; nil where nobody does.
    public let clients: String?

    public init(reading reader: inout SettingsReader) {
        secret = reader.text(
            "secret", default: nil, meaning: "The file of this process's secret key, which `millrace keys new` makes")
        publicKey = reader.optionalText(
            "public", meaning: "The file of its public key, where the processes that read this one have it")
        clients = reader.optionalText(
            "clients",
            meaning: "A folder with a NAME.key for each process that may read this one, or a file with a line "
                + "`KEY NAME` each")
    }

    public init(secret: String, publicKey: String?, clients: String?) {
        (self.secret, self.publicKey, self.clients) = (secret, publicKey, clients)
    }

    func ofShard(_ shard: Int) -> LinkKeys {
        LinkKeys(
            secret: ShardText.text(secret, shard: shard), publicKey: publicKey.map { ShardText.text($0, shard: shard) },
            clients: clients.map { ShardText.text($0, shard: shard) })
    }
}

/// Where one process of a running topology is found by those that read its journals, and how it is guarded.
public struct ProcessLink: Hashable, Sendable {
    /// Where others connect.
    public let address: String
    /// Where the process itself listens.
    public let bind: String
    public let keys: LinkKeys?
    /// Connections at once.
    public let connections: Int

    /// For the processes of one machine.
    public init(local address: String) { self.init(address: address, bind: address, keys: nil, connections: 0) }

    public init(address: String, bind: String, keys: LinkKeys?, connections: Int) {
        (self.address, self.bind, self.keys, self.connections) = (address, bind, keys, connections)
    }

    /// Whether strangers may come to it.
    public var isGuarded: Bool { keys?.clients != nil || !Endpoint.isLocal(bind) }
}

/// What a topology says of one process: which nodes it runs, and where other processes find it.
public struct ProcessDefinition: Sendable {
    public let name: String
    /// Names of nodes.
    public let nodes: [String]
    /// Where other processes find this one; nil for a socket in the data folder.
    let address: String?
    /// Where it listens; nil for its address.
    let listening: String?
    let keys: LinkKeys?
    let connections: Int

    init(name: String, reading reader: inout SettingsReader) {
        self.name = name
        nodes = reader.texts("nodes", default: [], meaning: "The nodes that run here")
        address = reader.optionalText(
            "link",
            meaning: "Where other processes find this one, `tcp://` or `ipc://`; `{shard}` in it stands for the "
                + "shard's number, without it a shard's port is that much higher. A socket in the data folder where "
                + "the field is left out")
        listening = reader.optionalText(
            "bind", meaning: "Where this process listens, where that is not what others connect to: `tcp://*:6001`")
        let reach = EndpointReach(
            of: listening ?? address, in: listening == nil ? "link" : "bind", everybody: "read its journals",
            reading: &reader
        ) { LinkKeys(reading: &$0) }
        (keys, connections) = (reach.keys, reach.connections)
        guard listening != nil, address == nil else { return }
        reader.fault(
            at: "bind", problem: "nobody knows where to find the process",
            remedy: "Write \"link\" too: what others connect to")
    }

    /// Whether each shard has a host of its own, which `link` names.
    var hasHosts: Bool { address.map { $0.contains(ShardText.place) } ?? false }

    /// Where a shard is found.
    /// - Parameter standard: where the file says nothing.
    func link(ofShard shard: Int?, orAt standard: String) -> ProcessLink {
        guard let address else {
            let own = shard.flatMap { keys?.ofShard($0) } ?? keys
            return ProcessLink(address: standard, bind: standard, keys: own, connections: connections)
        }
        let bind = listening ?? address
        guard let shard else { return ProcessLink(address: address, bind: bind, keys: keys, connections: connections) }
        // On a host of its own each may listen as the others do.
        let isSame = hasHosts && !bind.contains(ShardText.place)
        return ProcessLink(
            address: Endpoint.text(address, shard: shard), bind: isSame ? bind : Endpoint.text(bind, shard: shard),
            keys: keys?.ofShard(shard), connections: connections)
    }

    /// The host on which a shard runs, as far as the file tells: that of its address where it listens elsewhere.
    func host(ofShard shard: Int?) -> String? {
        guard listening != nil, let address else { return nil }
        let own = shard.map { Endpoint.text(address, shard: $0) } ?? address
        return Endpoint.isLocal(own) ? nil : Endpoint.host(of: own)
    }
}

/// A text in which each shard finds its own number.
public enum ShardText {
    static let place = "{shard}"

    public static func text(_ text: String, shard: Int) -> String {
        text.split(separator: place, omittingEmptySubsequences: false).joined(separator: "\(shard)")
    }
}
