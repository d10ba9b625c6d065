public import Market

/// Walks a run of records, as an outbox or a link holds them.
public enum RecordReader {
    /// The head of the record that begins at `offset`; the next record begins `length` bytes later.
    public static func head(in bytes: RawSpan, at offset: Int) -> RecordHead {
        precondition(offset >= 0 && offset + RecordHead.size <= bytes.byteCount, "A record must lie in its bytes.")
        return unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: RecordHead.self)
    }

    /// The event at an index in a run of events, as a journal holds them.
    public static func event(in bytes: RawSpan, at index: Int) -> MarketEvent {
        precondition(index >= 0 && (index + 1) * 64 <= bytes.byteCount, "An event must lie in its bytes.")
        return unsafe bytes.unsafeLoadUnaligned(fromByteOffset: index * 64, as: MarketEvent.self)
    }

    /// How many records a run holds.
    public static func count(in bytes: RawSpan) -> Int {
        var offset = 0
        var count = 0
        while offset < bytes.byteCount {
            offset += Int(head(in: bytes, at: offset).length)
            count += 1
        }
        return count
    }

    /// The body of an update, which must be of this type.
    public static func body<Body: UpdateBody>(of update: RawSpan, as type: Body.Type) -> Body {
        let end = UpdateHead.size + MemoryLayout<Body>.size
        precondition(end <= update.byteCount, "A body must lie in its update.")
        return unsafe update.unsafeLoadUnaligned(fromByteOffset: UpdateHead.size, as: Body.self)
    }

    /// The head of an update.
    public static func updateHead(of update: RawSpan) -> UpdateHead {
        precondition(UpdateHead.size <= update.byteCount, "A head must lie in its update.")
        return unsafe update.unsafeLoadUnaligned(as: UpdateHead.self)
    }

    /// The entries of a group, counted from 0, behind a body of a type.
    public static func group<Body: UpdateBody, Entry: BitwiseCopyable>(
        _ group: Int, of update: RawSpan, behind body: Body.Type, as type: Entry.Type
    ) -> [Entry] {
        var offset = UpdateHead.size + MemoryLayout<Body>.size
        for index in 0...group {
            precondition(offset + 4 <= update.byteCount, "A group must lie in its update.")
            let size = Int(unsafe update.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self))
            let count = Int(unsafe update.unsafeLoadUnaligned(fromByteOffset: offset + 2, as: UInt16.self))
            offset += 4
            precondition(offset + size * count <= update.byteCount, "A group must lie in its update.")
            guard index == group else {
                offset += size * count
                continue
            }
            precondition(size == MemoryLayout<Entry>.size, "An entry must be as long as its type.")
            return (0..<count).map { place in
                unsafe update.unsafeLoadUnaligned(fromByteOffset: offset + place * size, as: Entry.self)
            }
        }
        return []
    }

    /// Calls `body` with each record's head and its update (without record head and padding).
    public static func forEach<Failure: Error>(
        in bytes: RawSpan, _ body: (RecordHead, RawSpan) throws(Failure) -> Void
    ) throws(Failure) {
        var offset = 0
        while offset < bytes.byteCount {
            let head = head(in: bytes, at: offset)
            let start = offset + RecordHead.size
            try body(head, bytes.extracting(start..<start + Int(head.payload)))
            offset += Int(head.length)
        }
    }
}
