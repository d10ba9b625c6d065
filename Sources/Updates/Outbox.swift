internal import Market
internal import Memory

/// What stands before each update in an outbox and in a link: 16 bytes, never on the wire.
public struct RecordHead: BitwiseCopyable, Sendable {
    public static let size = 16
    /// Bytes of the whole record with this head; a multiple of 8.
    public var length: UInt32
    /// The index of the symbol in its symbols node.
    public var symbol: UInt32
    /// The topic, as a place in the node's topic table.
    public var slot: UInt16
    public var template: UInt16
    /// Bytes of update behind this head, without the padding.
    public var payload: UInt32
}

/// Where a state writes its updates: one run of bytes, each update in its wire form behind a short record head.
///
/// A lane drains it after every batch, so that its size is bounded by what one batch emits.
public struct Outbox: ~Copyable, Sendable {
    private var buffer: ByteBuffer
    /// Updates since the last `removeAll`.
    public private(set) var updates = 0
    private var open = -1

    public init(capacity: Int = 1 << 16) { buffer = ByteBuffer(capacity: capacity) }

    public var isEmpty: Bool { buffer.isEmpty }
    public var byteCount: Int { buffer.count }
    /// Lends the records for reading.
    public func withBytes<Result, Failure: Error>(_ body: (RawSpan) throws(Failure) -> Result) throws(Failure) -> Result
    {
        try buffer.withBytes(body)
    }

    /// Appends an update without groups. Inlined, so that it is put together in its place.
    @inline(__always)
    public mutating func append<Body: UpdateBody>(
        _ body: Body, head: UpdateHead, slot: UInt16, template: UInt16, symbol: UInt32
    ) {
        let payload = UpdateHead.size + MemoryLayout<Body>.size
        buffer.append(
            RecordHead(
                length: UInt32(RecordHead.size + payload), symbol: symbol, slot: slot, template: template,
                payload: UInt32(payload)), head, body)
        updates += 1
    }

    /// Begins an update with groups; `end` must follow.
    public mutating func begin<Body: UpdateBody>(
        _ body: Body, head: UpdateHead, slot: UInt16, template: UInt16, symbol: UInt32
    ) {
        precondition(open < 0, "An update must end before the next begins.")
        open = buffer.count
        append(body, head: head, slot: slot, template: template, symbol: symbol)
    }

    /// Writes the dimensions of a group (bytes of an entry, number of entries: two UInt16); the entries follow.
    public mutating func appendGroup(entrySize: Int, count: Int) {
        precondition(open >= 0, "A group belongs to an update that has begun.")
        precondition(count <= Int(UInt16.max), "A group's entries must be counted in sixteen bits.")
        buffer.append(UInt16(entrySize))
        buffer.append(UInt16(count))
    }

    public mutating func appendEntry<Entry: BitwiseCopyable>(_ entry: Entry) { buffer.append(entry) }

    /// Ends an update with groups: pads it to 8 bytes and writes its length.
    public mutating func end() {
        precondition(open >= 0, "Only an update that has begun can end.")
        let payload = buffer.count - open - RecordHead.size
        while buffer.count % 8 != 0 { buffer.append(UInt8(0)) }
        var head = buffer.load(at: open, as: RecordHead.self)
        head.length = UInt32(buffer.count - open)
        head.payload = UInt32(payload)
        buffer.store(head, at: open)
        open = -1
    }

    public mutating func removeAll() {
        buffer.removeAll()
        updates = 0
    }

    /// Calls `body` with every record, head included, in the order of writing.
    public func forEach(_ body: (RecordHead, RawSpan) -> Void) {
        buffer.withBytes { RecordReader.forEach(in: $0, body) }
    }
}
