public import Market
internal import Memory
public import Updates

/// The numbers that make bytes a message of ours; docs/wire/ explains them.
public enum WireFormat {
    /// The schema's number in every binary message ("ML" in ASCII).
    public static let schema: UInt16 = 0x4D4C
    /// Raised with every change of a layout; a reader of another version refuses the message.
    public static let version: UInt16 = 1
    /// One binary message holds at most this many updates.
    public static let updateLimit = 64
    /// A binary message takes no further update once it has this many bytes; one longer update goes alone.
    public static let batchLimit = 64 << 10
    /// The SBE message header: block length, template, schema, version.
    static let headerSize = 8
    /// A group's dimensions: block length and number of entries.
    static let dimensionSize = 4
}

/// What a message says beside its updates: where and when it was published. Never part of an update.
public struct MessageHead: BitwiseCopyable, Sendable, Equatable {
    public static let size = 40

    /// The publisher's wall clock.
    public var publishTime: Timestamp
    /// The first update's place in its publisher's journal; those of the others are higher.
    public var position: UInt64
    /// Whose positions these are: the id of a journal, or of a run that keeps none.
    public var publisher: UInt64
    /// The first update's number on its topic.
    public var firstNumber: UInt64
    /// One step of the symbol's quantities in billionths of a unit.
    public var sizeStep: Int64

    public init(
        publishTime: Timestamp, position: UInt64, publisher: UInt64, firstNumber: UInt64, sizeStep: Int64
    ) {
        self.publishTime = publishTime
        self.position = position
        self.publisher = publisher
        self.firstNumber = firstNumber
        self.sizeStep = sizeStep
    }

    init(_ bytes: RawSpan, at offset: Int) {
        publishTime = Timestamp(nanoseconds: bytes.integer(at: offset))
        position = bytes.integer(at: offset + 8)
        publisher = bytes.integer(at: offset + 16)
        firstNumber = bytes.integer(at: offset + 24)
        sizeStep = bytes.integer(at: offset + 32)
    }
}

extension UpdateLayout {
    /// Bytes of head and body together: one entry of the wire's group `updates`.
    var blockSize: Int { UpdateHead.size + size }

    /// Updates that one binary message may hold. A kind with groups comes alone: readers of SBE that know no groups
    /// inside groups can then decode it, because its groups follow its only update.
    public var messageLimit: Int { groups.isEmpty ? WireFormat.updateLimit : 1 }

    /// Whether these bytes are one update of this kind, no more and no less.
    public func isWhole(_ update: RawSpan) -> Bool {
        guard let size = try? updateSize(in: update, at: 0) else { return false }
        return size == update.byteCount
    }

    /// The bytes of the update that begins at `offset`, groups included.
    func updateSize(in bytes: RawSpan, at offset: Int) throws(WireError) -> Int {
        var end = offset + blockSize
        guard end <= bytes.byteCount else { throw .truncated(needed: end, found: bytes.byteCount) }
        for group in groups {
            guard end + WireFormat.dimensionSize <= bytes.byteCount else {
                throw .truncated(needed: end + WireFormat.dimensionSize, found: bytes.byteCount)
            }
            let entrySize = Int(bytes.integer(at: end, as: UInt16.self))
            let count = Int(bytes.integer(at: end + 2, as: UInt16.self))
            guard entrySize == group.size else {
                throw .blockLength(of: group.name, expected: group.size, found: entrySize)
            }
            end += WireFormat.dimensionSize + entrySize * count
            guard end <= bytes.byteCount else { throw .truncated(needed: end, found: bytes.byteCount) }
        }
        return end - offset
    }
}
