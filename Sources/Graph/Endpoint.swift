/// An address that one process binds, compared as the system would: is it free for a second one?
public struct Endpoint: Hashable {
    private let scheme: String
    private let host: String
    private let port: String?

    init(_ text: String) {
        guard let mark = text.firstRange(of: "://") else {
            (scheme, host, port) = ("", text, nil)
            return
        }
        let rest = text[mark.upperBound...]
        scheme = text[..<mark.lowerBound].lowercased()
        guard ["tcp", "http", "https", "ws", "udp"].contains(scheme), let colon = rest.lastIndex(of: ":") else {
            (host, port) = (String(rest), nil)
            return
        }
        let name = rest[..<colon].lowercased()
        host = name == "localhost" ? "127.0.0.1" : name
        port = String(rest[rest.index(after: colon)...].prefix { $0 != "/" })
    }

    /// The host that a text names.
    static func host(of text: String) -> String { Endpoint(text).host }

    /// Whether an endpoint stays on this machine.
    public static func isLocal(_ text: String) -> Bool {
        let endpoint = ShardText.text(text, shard: 0)
        if endpoint.hasPrefix("ipc://") || endpoint.hasPrefix("inproc://") { return true }
        if endpoint.hasPrefix("tcp://localhost:") || endpoint.hasPrefix("tcp://[::1]:") { return true }
        guard endpoint.hasPrefix("tcp://127."), let colon = endpoint.lastIndex(of: ":") else { return false }
        // A name may begin so as well: 127.example.org is no address of this machine.
        let parts = endpoint[..<colon].dropFirst("tcp://".count).split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
    }

    /// A shard's own address: with its number in place of `{shard}`, else its port, or its name, is that many further
    /// on. One of the system's choice stays.
    public static func text(_ endpoint: String, shard: Int) -> String {
        guard !endpoint.contains(ShardText.place) else { return ShardText.text(endpoint, shard: shard) }
        guard endpoint.hasPrefix("tcp://") else { return "\(endpoint).\(shard)" }
        guard let colon = endpoint.lastIndex(of: ":"), let port = Int(endpoint[endpoint.index(after: colon)...]),
            port > 0
        else { return endpoint }
        return "\(endpoint[...colon])\(port + shard)"
    }

    /// The same port on a host of another name, as others reach it.
    public static func text(_ endpoint: String, on host: String) -> String {
        guard endpoint.hasPrefix("tcp://"), let colon = endpoint.lastIndex(of: ":") else { return endpoint }
        return "tcp://\(host)\(endpoint[colon...])"
    }

    private var isEveryHost: Bool { ["*", "0.0.0.0", "[::]", "::"].contains(host) }
    /// Port 0 is one of the system's own choice.
    private var isAnyPort: Bool { port == "0" || port == "*" }
    private var transport: String { scheme == "udp" ? "udp" : port == nil ? scheme : "tcp" }

    func clashes(with other: Endpoint) -> Bool {
        guard transport == other.transport, port == other.port, !isAnyPort else { return false }
        guard port != nil else { return host == other.host }
        return host == other.host || isEveryHost || other.isEveryHost
    }
}
