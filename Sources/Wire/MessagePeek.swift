internal import Market
internal import Memory

/// What can be said of a message without knowing its kind: enough to follow numbers and positions.
public struct MessagePeek: Equatable, Sendable {
    public let isJSON: Bool
    /// Of a JSON message `sizeStep` is 0: its sizes are exact decimals.
    public let head: MessageHead
    /// Updates in the message.
    public let count: Int

    public init(_ payload: RawSpan) throws(WireError) {
        isJSON = payload.byteCount > 0 && payload.integer(at: 0, as: UInt8.self) == UInt8(ascii: "{")
        if isJSON {
            head = try MessagePeek.head(ofJSON: payload.array)
            count = 1
            return
        }
        let first = WireFormat.headerSize + MessageHead.size + WireFormat.dimensionSize
        guard payload.byteCount >= first else { throw .truncated(needed: first, found: payload.byteCount) }
        let schema = payload.integer(at: 4, as: UInt16.self)
        guard schema == WireFormat.schema else { throw .schemaUnknown(schema) }
        let version = payload.integer(at: 6, as: UInt16.self)
        guard version == WireFormat.version else { throw .versionUnknown(found: version, known: WireFormat.version) }
        head = MessageHead(payload, at: WireFormat.headerSize)
        count = Int(payload.integer(at: first - 2, as: UInt16.self))
        guard count > 0 else { throw .updateCount(0) }
    }

    /// Bytes as text; what is no UTF-8 is replaced.
    public static func text(_ bytes: RawSpan) -> String { String(decoding: bytes.array, as: UTF8.self) }

    private static func head(ofJSON message: [UInt8]) throws(WireError) -> MessageHead {
        var head = MessageHead(
            publishTime: Timestamp(nanoseconds: 0), position: 0, publisher: 0, firstNumber: 0, sizeStep: 0)
        var seen: Set<String> = []
        var reader = JSONReader(message)
        try reader.object { (key, reader) throws(WireError) in
            switch key {
            case "number": head.firstNumber = try reader.integer(key, as: UInt64.self)
            case "position": head.position = try reader.integer(key, as: UInt64.self)
            case "publisher": head.publisher = try reader.identifier(key)
            case "publishTime": head.publishTime = Timestamp(nanoseconds: try reader.time(key))
            default: return try reader.skip()
            }
            guard seen.insert(key).inserted else { throw .fieldTwice(key) }
        }
        try reader.end()
        for name in ["number", "position", "publisher", "publishTime"] where !seen.contains(name) {
            throw .fieldMissing(name)
        }
        return head
    }
}
