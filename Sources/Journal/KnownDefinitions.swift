internal import Memory

/// What a symbol's index in records means.
public struct SymbolDefinition: Hashable, Sendable {
    public let name: String
    /// One step of the symbol's quantities, in billionths of a unit.
    public let sizeStep: Int64
    /// The smallest price move, in billionths.
    public let tick: Int64

    public init(name: String, sizeStep: Int64, tick: Int64) {
        self.name = name
        self.sizeStep = sizeStep
        self.tick = tick
    }

    /// Size step and tick, then the name in UTF-8 up to the end.
    public var bytes: [UInt8] {
        var buffer = ByteBuffer(capacity: 64)
        buffer.append(sizeStep)
        buffer.append(tick)
        return buffer.withBytes { $0.array } + Array(name.utf8)
    }

    /// Nil where the bytes are no definition of a symbol.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count > 16, let name = String(validating: bytes[16...], as: UTF8.self) else { return nil }
        (sizeStep, tick) = bytes.withRawSpan { ($0.integer(at: 0), $0.integer(at: 8)) }
        self.name = name
        guard sizeStep > 0 else { return nil }
    }

    public func definition(of index: UInt32) -> JournalDefinition {
        JournalDefinition(kind: .symbol, key: index, bytes: bytes)
    }
}

/// What a topic's slot in records means.
public struct TopicDefinition: Hashable, Sendable {
    /// Kind and variants, ending in a slash: `candle/1m/`.
    public let prefix: String
    /// The layout's number on the wire, and the bytes of its body.
    public let template: UInt16
    public let layoutSize: UInt16

    public init(prefix: String, template: UInt16, layoutSize: UInt16) {
        self.prefix = prefix
        self.template = template
        self.layoutSize = layoutSize
    }

    /// Template and size, then the prefix in UTF-8 up to the end.
    public var bytes: [UInt8] {
        var buffer = ByteBuffer(capacity: 64)
        buffer.append(template)
        buffer.append(layoutSize)
        return buffer.withBytes { $0.array } + Array(prefix.utf8)
    }

    /// Nil where the bytes are no definition of a topic.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count > 4, let prefix = String(validating: bytes[4...], as: UTF8.self), prefix.hasSuffix("/") else {
            return nil
        }
        (template, layoutSize) = bytes.withRawSpan { ($0.integer(at: 0), $0.integer(at: 2)) }
        self.prefix = prefix
    }

    public func definition(of slot: UInt32) -> JournalDefinition {
        JournalDefinition(kind: .topic, key: slot, bytes: bytes)
    }
}
