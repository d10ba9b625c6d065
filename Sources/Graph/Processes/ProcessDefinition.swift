/// What a topology says of one process: which nodes it runs, and where other processes find it.
public struct ProcessDefinition: Sendable {
    public let name: String
    /// Names of nodes.
    public let nodes: [String]
    /// Where other processes read this one's journals; nil for a socket in the data folder.
    public let link: String?
    /// Whether an address beyond this machine is meant.
    let isOpen: Bool

    init(name: String, reading reader: inout SettingsReader) {
        self.name = name
        nodes = reader.texts("nodes", default: [], meaning: "The nodes that run here")
        let address = reader.text(
            "link", default: "",
            meaning: "Where other processes find this one, `tcp://` or `ipc://`; a shard's port is "
                + "that much higher. A socket in the data folder without it")
        link = address.isEmpty ? nil : address
        isOpen = reader.flag("open", default: false, meaning: "Whether an address beyond this machine is meant")
        if let link, !isOpen, !Endpoint.isLocal(link) {
            reader.fault(
                at: "link", problem: "the endpoint can be reached from other machines",
                remedy: "Bind 127.0.0.1 or an ipc:// path, or write \"open\": true if everybody may read it")
        }
    }
}
