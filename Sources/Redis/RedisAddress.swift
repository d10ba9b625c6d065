/// Where a Redis server listens, which of its databases is meant, and who asks: `redis://:secret@127.0.0.1:6379/0`.
///
/// The password leaves it only towards the server: no text that describes an address has it.
public struct RedisAddress: Hashable, Sendable {
    /// Why a text is no address. None of them shows the text: it may hold a password.
    public enum Fault: String, Error, Sendable, CustomStringConvertible {
        case scheme = "the address does not begin with redis://"
        case encryption = "encrypted connections (rediss://) are not offered"
        case host = "the address has no host"
        case port = "the port is no number from 1 to 65535"
        case database = "the database is no number from 0 to 65535"
        case credentials = "the password is not written as percent-encoding writes it"
        case rest = "something follows the database"

        public var description: String { rawValue }
    }

    public static let standardPort: UInt16 = 6379

    public let host: String
    public let port: UInt16
    public let database: UInt16
    /// Of the server's access list; nil for its default user.
    public let user: String?
    let password: String?

    public var hasPassword: Bool { password != nil }

    public init(_ text: String) throws(Fault) {
        guard !text.lowercased().hasPrefix("rediss://") else { throw .encryption }
        guard text.hasPrefix("redis://") else { throw .scheme }
        let rest = text.dropFirst("redis://".count)
        guard !rest.contains(where: { $0 == "?" || $0 == "#" }) else { throw .rest }
        // A password may hold anything but stands before the last @.
        let mark = rest.lastIndex(of: "@")
        (user, password) = try RedisAddress.credentials(mark.map { rest[..<$0] })
        let place = mark.map { rest[rest.index(after: $0)...] } ?? rest
        let parts = place.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        (host, port) = try RedisAddress.hostAndPort(parts[0])
        let number = parts.count > 1 ? parts[1] : ""
        guard number.isEmpty || number.allSatisfy({ ("0"..."9").contains($0) }),
            let database = number.isEmpty ? 0 : UInt16(number)
        else { throw .database }
        self.database = database
    }

    private static func credentials(_ text: Substring?) throws(Fault) -> (user: String?, password: String?) {
        guard let text else { return (nil, nil) }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let user = decoded(parts[0]), let password = decoded(parts[1]), !password.isEmpty else {
            throw .credentials
        }
        return (user.isEmpty ? nil : user, password)
    }

    private static func hostAndPort(_ text: Substring) throws(Fault) -> (String, UInt16) {
        var host = text
        var port: Substring?
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { throw .host }
            host = text[text.index(after: text.startIndex)..<end]
            let rest = text[text.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { throw .host }
            port = rest.isEmpty ? nil : rest.dropFirst()
        } else if let colon = text.firstIndex(of: ":") {
            host = text[..<colon]
            port = text[text.index(after: colon)...]
        }
        guard !host.isEmpty, host.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else { throw .host }
        guard let port else { return (String(host), standardPort) }
        guard let number = UInt16(port), number > 0, !port.hasPrefix("+") else { throw .port }
        return (String(host), number)
    }

    /// A text with `%3A` and the like replaced; nil where that gives no UTF-8.
    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let digits = String(rest.prefix(2)), digits.count == 2, !digits.hasPrefix("+"),
                let value = UInt8(digits, radix: 16)
            else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}

extension RedisAddress: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Without user and password.
    public var description: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return "redis://\(name):\(port)/\(database)"
    }
    public var debugDescription: String { description }
    /// Nothing inside: a dump of whatever holds an address must not show the password.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
