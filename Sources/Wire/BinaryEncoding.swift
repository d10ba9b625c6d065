public import Memory
public import Updates

/// Writes binary messages of one kind: an SBE header, the message head, and updates byte for byte as they are.
public struct BinaryEncoding: Sendable {
    public let layout: UpdateLayout

    public init(_ layout: UpdateLayout) {
        precondition(layout.blockSize <= Int(UInt16.max), "An update's block must be counted in sixteen bits.")
        self.layout = layout
    }

    /// Begins a message and returns its place in the buffer, by which `end` finds it.
    public func begin(_ head: MessageHead, into buffer: inout ByteBuffer) -> Int {
        let start = buffer.count
        buffer.append(UInt16(MessageHead.size))
        buffer.append(layout.template)
        buffer.append(WireFormat.schema)
        buffer.append(WireFormat.version)
        buffer.append(head)
        buffer.append(UInt16(layout.blockSize))
        buffer.append(UInt16(0))
        return start
    }

    /// Adds an update: head, body and groups as an outbox holds them.
    public func append(_ update: RawSpan, to buffer: inout ByteBuffer) { buffer.append(update) }

    /// Ends the message that began at `start` with the number of updates it got.
    public func end(_ count: Int, at start: Int, in buffer: inout ByteBuffer) {
        precondition(count > 0 && count <= layout.messageLimit, "A message must hold an update, and not too many.")
        buffer.store(UInt16(count), at: start + WireFormat.headerSize + MessageHead.size + 2)
    }

    /// Writes a message of one update.
    public func encode(_ update: RawSpan, head: MessageHead, into buffer: inout ByteBuffer) {
        let start = begin(head, into: &buffer)
        append(update, to: &buffer)
        end(1, at: start, in: &buffer)
    }
}
