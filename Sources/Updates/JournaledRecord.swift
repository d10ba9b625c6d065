public import Memory

/// A record that has its place in a journal with it: eight bytes behind the update, which its length counts in.
///
/// Whoever walks records by their length passes over them; who wants them must know that they are there, which the
/// origin of the records says.
public enum JournaledRecord {
    /// Bytes that a place adds to a record.
    public static let placeSize = 8

    /// Appends a record with its place behind it.
    public static func append(_ record: RawSpan, position: UInt64, to buffer: inout ByteBuffer) {
        let start = buffer.count
        var head = RecordReader.head(in: record, at: 0)
        precondition(record.byteCount == Int(head.length), "A record must be whole.")
        head.length += UInt32(placeSize)
        buffer.append(record)
        buffer.append(position)
        buffer.store(head, at: start)
    }

    /// The place of the record that ends at an offset.
    public static func position(in records: RawSpan, before end: Int) -> UInt64 {
        records.integer(at: end - placeSize)
    }
}
