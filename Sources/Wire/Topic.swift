public import Market

/// Whom a topic speaks of: a symbol, or a node of the topology.
public struct Subject: Hashable, Sendable {
    public let name: String
    public let isNode: Bool
    /// The member of a JSON message, ready to be written: `"symbol":"BTC/USD"`.
    let member: [UInt8]

    public static func symbol(_ symbol: Symbol) -> Subject { Subject(symbol.name, isNode: false) }
    public static func node(_ name: String) -> Subject { Subject(name, isNode: true) }

    private init(_ name: String, isNode: Bool) {
        precondition(!name.isEmpty, "A subject must have a name.")
        self.name = name
        self.isNode = isNode
        member = Array("\(isNode ? "\"node\"" : "\"symbol\""):\(JSONText.quoted(name))".utf8)
    }
}

/// Why a text is no topic.
public enum TopicError: Error, Equatable, Sendable {
    /// A topic has a kind and a subject at least, and ends in a slash.
    case incomplete(String)
    /// A part is empty, or not written as percent-encoding writes it.
    case partRefused(String, part: String)
}

/// The first frame of a message: `candle/1m/BTC%2FUSD/`.
///
/// It ends in a slash, so that a subscription to a prefix that ends in one never matches half a name.
public struct Topic: Hashable, Sendable {
    /// Kind and variants, ending in a slash: `candle/1m/`.
    public let prefix: String
    /// The name of the symbol or of the node, decoded.
    public let subject: String

    public init(prefix: String, subject: Subject) {
        precondition(prefix.hasSuffix("/") && prefix.count > 1, "A topic's prefix must end in a slash.")
        self.prefix = prefix
        self.subject = subject.name
    }

    public init(_ text: String) throws(TopicError) {
        guard text.hasSuffix("/") else { throw .incomplete(text) }
        let parts = text.dropLast().split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count >= 2, let last = parts.last else { throw .incomplete(text) }
        for part in parts where part.isEmpty { throw .partRefused(text, part: "") }
        guard let subject = PercentEncoding.decode(String(last)) else {
            throw .partRefused(text, part: String(last))
        }
        prefix = parts.dropLast().joined(separator: "/") + "/"
        self.subject = subject
    }

    public var text: String { prefix + PercentEncoding.encode(subject) + "/" }

    /// Whether a subscription to `subscription` receives this topic: ZeroMQ compares bytes from the first on.
    public func matches(_ subscription: String) -> Bool { text.utf8.starts(with: subscription.utf8) }
}

extension Topic: CustomStringConvertible {
    public var description: String { text }
}

/// Names inside topics: RFC 3986 with only the unreserved characters kept, hexadecimal digits in upper case.
public enum PercentEncoding {
    private static let digits = Array("0123456789ABCDEF".utf8)

    public static func encode(_ name: String) -> String {
        var bytes: [UInt8] = []
        for byte in name.utf8 {
            if isUnreserved(byte) {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The name behind a text; nil unless the text is exactly how that name is encoded, so that one name has one topic.
    public static func decode(_ text: String) -> String? {
        let source = Array(text.utf8)
        var bytes: [UInt8] = []
        var index = 0
        while index < source.count {
            guard source[index] == UInt8(ascii: "%") else {
                bytes.append(source[index])
                index += 1
                continue
            }
            guard index + 2 < source.count, let high = digits.firstIndex(of: source[index + 1]),
                let low = digits.firstIndex(of: source[index + 2])
            else { return nil }
            bytes.append(UInt8(high << 4 | low))
            index += 3
        }
        guard let name = String(validating: bytes, as: UTF8.self), encode(name) == text else { return nil }
        return name
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
