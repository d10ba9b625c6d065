/// The files of keys that protect an endpoint.
public struct CurveSettings: NodeSettings {
    /// The endpoint's own secret key.
    public let secret: String
    /// Who may connect.
    public let clients: String

    public init(reading reader: inout SettingsReader) {
        secret = reader.text(
            "secret", default: nil, meaning: "The file of this endpoint's secret key, which `millrace keys new` makes")
        clients = reader.text(
            "clients", default: nil,
            meaning: "A folder with a NAME.key for each client that may connect, or a file with a line `KEY NAME` each")
    }
}

/// Who may come to an endpoint that a node binds.
public struct EndpointSettings: Sendable {
    /// Nil for an endpoint without keys.
    public let curve: CurveSettings?
    public let connections: Int

    /// - Parameters:
    ///   - endpoint: What stands in `field`, which was read before; nil where the node binds nothing.
    ///   - everybody: What everybody could do there.
    public init(of endpoint: String?, in field: String, everybody: String, reading reader: inout SettingsReader) {
        let reach = EndpointReach(of: endpoint, in: field, everybody: everybody, reading: &reader) {
            CurveSettings(reading: &$0)
        }
        (curve, connections) = (reach.keys, reach.connections)
    }
}

/// The fields that everything with an endpoint has, whatever files its keys stand in. An address beyond this machine
/// without keys is a fault, unless `open` says that it is meant.
struct EndpointReach<Keys> {
    let keys: Keys?
    let connections: Int

    init(
        of endpoint: String?, in field: String, everybody: String, reading reader: inout SettingsReader,
        _ read: (inout SettingsReader) -> Keys
    ) {
        keys = reader.optionalObject(
            "curve", meaning: "Keys: connections are encrypted, and only listed clients may connect", read)
        connections = reader.integer(
            "connections", default: 256, in: 1...65_536,
            meaning: "Connections at once; further ones are ended, each takes a file descriptor")
        let isOpen = reader.flag(
            "open", default: false, meaning: "Whether an address beyond this machine is meant without keys")
        if isOpen, keys != nil {
            reader.fault(
                at: "open", problem: "the endpoint has keys and is open",
                remedy: "Leave one of the two out: without \"open\", only listed clients may connect")
        }
        guard let endpoint, !isOpen, keys == nil, !reader.has("curve"), !Endpoint.isLocal(endpoint) else { return }
        reader.fault(
            at: field, problem: "the endpoint can be reached from other machines",
            remedy: "Use 127.0.0.1 or an ipc:// path, or give it keys with \"curve\" (see `millrace keys`), "
                + "or write \"open\": true if everybody may \(everybody)")
    }
}
