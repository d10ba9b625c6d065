internal import CZeroMQ

/// By which one end of a connection knows the other: half of a key pair of CurveZMQ, and no secret.
///
/// As a text it has forty characters, ZeroMQ's own Z85, so that any program that speaks ZeroMQ can take it.
public struct PublicKey: Hashable, Sendable, CustomStringConvertible {
    public let description: String

    /// Nil for a text that is no key.
    public init?(_ text: String) {
        guard KeyText.isKey(text) else { return nil }
        description = text
    }

    /// The key whose 32 bytes these are; nil for any other number of bytes.
    init?(bytes: [UInt8]) {
        guard bytes.count == KeyText.byteCount else { return nil }
        description = KeyText.encode(bytes)
    }
}

/// The half of a key pair that stays where it was made. It shows itself nowhere: not in a text, a dump or an error.
public struct SecretKey: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// For the socket and for the file that keeps it, and for nobody else.
    let text: String

    /// Nil for a text that is no key.
    init?(_ text: String) {
        guard KeyText.isKey(text) else { return nil }
        self.text = text
    }

    public var description: String { "a secret key" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}

/// A secret key with its public one: what one end of a protected connection is.
public struct KeyPair: Sendable {
    public let publicKey: PublicKey
    public let secretKey: SecretKey

    /// A new pair, from the system's own chance.
    public static func make() throws(ZeroMQError) -> KeyPair {
        var (open, hidden) = ([CChar](repeating: 0, count: 41), [CChar](repeating: 0, count: 41))
        guard unsafe zmq_curve_keypair(&open, &hidden) == 0 else { throw .last("zmq_curve_keypair") }
        guard let secret = SecretKey(KeyText.text(hidden)), let key = PublicKey(KeyText.text(open)) else {
            throw .callFailed(call: "zmq_curve_keypair", code: 0, reason: "what it made is no key")
        }
        return KeyPair(publicKey: key, secretKey: secret)
    }

    /// The pair that a secret key belongs to.
    init(_ secret: SecretKey) throws(ZeroMQError) {
        var open = [CChar](repeating: 0, count: 41)
        guard unsafe zmq_curve_public(&open, secret.text) == 0 else { throw .last("zmq_curve_public") }
        guard let key = PublicKey(KeyText.text(open)) else {
            throw .callFailed(call: "zmq_curve_public", code: 0, reason: "what it made is no key")
        }
        self.init(publicKey: key, secretKey: secret)
    }

    private init(publicKey: PublicKey, secretKey: SecretKey) {
        self.publicKey = publicKey
        self.secretKey = secretKey
    }
}

/// Keys as texts: 32 bytes in forty characters of Z85 (ZeroMQ's RFC 32).
enum KeyText {
    static let byteCount = 32
    private static let length = 40
    private static let alphabet = Set(
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#".utf8)

    /// Forty characters of the alphabet, of which each five are below 2^32.
    static func isKey(_ text: String) -> Bool {
        guard text.utf8.count == length, text.utf8.allSatisfy(alphabet.contains) else { return false }
        var bytes = [UInt8](repeating: 0, count: byteCount)
        guard unsafe zmq_z85_decode(&bytes, text) != nil else { return false }
        return encode(bytes) == text
    }

    static func encode(_ bytes: [UInt8]) -> String {
        precondition(bytes.count == byteCount, "A key must have 32 bytes.")
        var characters = [CChar](repeating: 0, count: length + 1)
        guard unsafe zmq_z85_encode(&characters, bytes, bytes.count) != nil else { return "" }
        return text(characters)
    }

    static func text(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
