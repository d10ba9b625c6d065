/// What a listening end of protected connections is: its own keys, and who may come in.
public struct CurveServer: Sendable {
    public let keys: KeyPair
    public let clients: AllowList

    public init(keys: KeyPair, clients: AllowList) {
        self.keys = keys
        self.clients = clients
    }

    /// Reads both from files.
    public init(secret: String, clients: String) throws {
        keys = try KeyFile.keyPair(at: secret)
        self.clients = try AllowList(at: clients)
    }
}

/// What a connecting end of protected connections is: its own keys, and whom it takes for the other end.
public struct CurveClient: Sendable {
    public let keys: KeyPair
    public let server: PublicKey

    public init(keys: KeyPair, server: PublicKey) {
        self.keys = keys
        self.server = server
    }

    /// Reads its own keys from a file.
    public init(secret: String, server: PublicKey) throws {
        keys = try KeyFile.keyPair(at: secret)
        self.server = server
    }
}
