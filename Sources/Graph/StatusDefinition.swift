/// What a topology says of the address at which a running program tells how it is: `127.0.0.1:9464`.
public struct StatusDefinition: NodeSettings, Equatable {
    /// A numeric address of this machine, or `0.0.0.0` for all that it has.
    public let host: String
    /// 0 for one that the system chooses.
    public let port: Int

    public init(reading reader: inout SettingsReader) {
        let place = reader.parsedText(
            "bind", type: "address", required: true,
            meaning: "Where /metrics, /health and /ready are answered over HTTP: an address of this machine and a port",
            remedy: "Write an address and a port, \"127.0.0.1:9464\"", StatusDefinition.place)
        (host, port) = place ?? ("127.0.0.1", 0)
        let isOpen = reader.flag("open", default: false, meaning: "Whether an address beyond this machine is meant")
        if place != nil, !isOpen, !isLocal {
            reader.fault(
                at: "bind", problem: "the address can be reached from other machines",
                remedy: "Listen on 127.0.0.1, or write \"open\": true if everybody may ask")
        }
    }

    /// That of one of several processes, counted from 0: its port is that many further on. One of the system's choice
    /// stays.
    public func ofPart(_ part: Int) -> StatusDefinition {
        StatusDefinition(host: host, port: port == 0 ? 0 : port + part)
    }

    /// The same address with another port.
    public func on(port: Int) -> StatusDefinition { StatusDefinition(host: host, port: port) }

    private init(host: String, port: Int) { (self.host, self.port) = (host, port) }

    /// Comparable with the endpoints of nodes.
    func endpoint(ofPart part: Int) -> String {
        "http://\(host.contains(":") ? "[\(host)]" : host):\(ofPart(part).port)"
    }

    private var isLocal: Bool { host.hasPrefix("127.") || host == "::1" }

    /// `localhost:9464`, `0.0.0.0:9464`, `[::1]:9464`; nil for anything that is no numeric address with a port.
    static func place(_ text: String) -> (host: String, port: Int)? {
        guard let colon = text.lastIndex(of: ":"), let port = number(text[text.index(after: colon)...], to: 65_535)
        else { return nil }
        let host = text[..<colon]
        if host == "localhost" { return ("127.0.0.1", port) }
        if host.hasPrefix("["), host.hasSuffix("]") {
            let inner = host.dropFirst().dropLast()
            let digits = "0123456789abcdefABCDEF:."
            return inner.contains(":") && inner.allSatisfy(digits.contains) ? (String(inner), port) : nil
        }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4, parts.allSatisfy({ number($0, to: 255) != nil }) else { return nil }
        return (String(host), port)
    }

    private static func number(_ text: Substring, to limit: Int) -> Int? {
        guard (1...5).contains(text.count), text.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(text),
            number <= limit
        else { return nil }
        return number
    }
}
