internal import Memory
public import Updates

/// Reads binary messages of the kinds it was given; bytes may come from anyone, every length is checked first.
public struct BinaryDecoding: Sendable {
    private let layouts: [UInt16: UpdateLayout]

    public init(_ layouts: [UpdateLayout]) {
        self.layouts = Dictionary(layouts.map { ($0.template, $0) }) { first, second in
            precondition(first == second, "Two kinds must not share template \(first.template).")
            return first
        }
    }

    /// Checks the whole message, then calls `body` with each update, groups included, in the order of numbers.
    @discardableResult
    public func decode(
        _ message: RawSpan, _ body: (_ layout: UpdateLayout, _ update: RawSpan) -> Void
    ) throws(WireError) -> MessageHead {
        let layout = try layout(of: message)
        let head = MessageHead(message, at: WireFormat.headerSize)
        let ends = try ends(of: layout, first: head.firstNumber, in: message)
        var start = BinaryDecoding.firstUpdate
        for end in ends {
            body(layout, message.extracting(start..<end))
            start = end
        }
        return head
    }

    private static let firstUpdate = WireFormat.headerSize + MessageHead.size + WireFormat.dimensionSize

    /// The layout that the header names.
    private func layout(of message: RawSpan) throws(WireError) -> UpdateLayout {
        let needed = BinaryDecoding.firstUpdate
        guard message.byteCount >= needed else { throw .truncated(needed: needed, found: message.byteCount) }
        let schema = message.integer(at: 4, as: UInt16.self)
        guard schema == WireFormat.schema else { throw .schemaUnknown(schema) }
        let version = message.integer(at: 6, as: UInt16.self)
        guard version == WireFormat.version else { throw .versionUnknown(found: version, known: WireFormat.version) }
        let template = message.integer(at: 2, as: UInt16.self)
        guard let layout = layouts[template] else { throw .templateUnknown(template) }
        let root = Int(message.integer(at: 0, as: UInt16.self))
        guard root == MessageHead.size else {
            throw .blockLength(of: "message head", expected: MessageHead.size, found: root)
        }
        return layout
    }

    /// Where each update ends; the last one must end with the message.
    private func ends(of layout: UpdateLayout, first: UInt64, in message: RawSpan) throws(WireError) -> [Int] {
        let dimension = WireFormat.headerSize + MessageHead.size
        let block = Int(message.integer(at: dimension, as: UInt16.self))
        guard block == layout.blockSize else {
            throw .blockLength(of: layout.kind, expected: layout.blockSize, found: block)
        }
        let count = Int(message.integer(at: dimension + 2, as: UInt16.self))
        guard count > 0, count <= layout.messageLimit else { throw .updateCount(count) }
        var ends: [Int] = []
        var offset = BinaryDecoding.firstUpdate
        for index in 0..<UInt64(count) {
            let size = try layout.updateSize(in: message, at: offset)
            let number = message.integer(at: offset, as: UInt64.self)
            guard number == first &+ index else { throw .numberOutOfOrder(expected: first &+ index, found: number) }
            offset += size
            ends.append(offset)
        }
        guard offset == message.byteCount else { throw .trailingBytes(message.byteCount - offset) }
        return ends
    }
}
