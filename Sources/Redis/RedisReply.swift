internal import CHiredis

/// What a server answers to one command.
public indirect enum RedisReply: Equatable, Sendable {
    /// A short text such as `OK`.
    case status(String)
    case integer(Int64)
    /// Any bytes, as they were stored.
    case bytes([UInt8])
    /// There is no such thing.
    case none
    case array([RedisReply])
    case error(RedisRefusal)

    /// The bytes as a text, or the status; nil for anything else.
    public var text: String? {
        switch self {
        case .status(let text): text
        case .bytes(let bytes): String(validating: bytes, as: UTF8.self)
        case .integer, .none, .array, .error: nil
        }
    }
}

/// A command that the server refused, in its own words.
public struct RedisRefusal: Error, Equatable, Sendable, CustomStringConvertible {
    /// The first word, which programs tell refusals apart by: `OOM`, `LOADING`, `WRONGTYPE`.
    public let code: String
    public let message: String

    init(_ text: String) {
        let parts = text.split(separator: " ", maxSplits: 1)
        code = parts.first.map(String.init) ?? ""
        message = parts.count > 1 ? String(parts[1]) : ""
    }

    public var description: String { "\(code) \(message)" }
}

extension RedisReply {
    /// Copies a reply of the library; nested ones as deep as its reader lets them be, which is seven.
    init(_ reply: UnsafePointer<redisReply>) {
        switch unsafe reply.pointee.type {
        case REDIS_REPLY_INTEGER: self = .integer(unsafe reply.pointee.integer)
        case REDIS_REPLY_STATUS: self = .status(unsafe RedisReply.text(reply))
        case REDIS_REPLY_ERROR: self = .error(RedisRefusal(unsafe RedisReply.text(reply)))
        case REDIS_REPLY_STRING: self = .bytes(unsafe Array(RedisReply.bytes(reply)))
        case REDIS_REPLY_ARRAY:
            self = .array(
                (0..<(unsafe reply.pointee.elements)).map { index in
                    guard let element = unsafe reply.pointee.element[index] else { return .none }
                    return unsafe RedisReply(element)
                })
        default: self = .none
        }
    }

    private static func bytes(_ reply: UnsafePointer<redisReply>) -> UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: reply.pointee.str, count: reply.pointee.len)
    }

    private static func text(_ reply: UnsafePointer<redisReply>) -> String {
        unsafe String(decoding: bytes(reply), as: UTF8.self)
    }
}
