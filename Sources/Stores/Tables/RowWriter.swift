/// Takes rows value by value, in the order of their table's columns: a prepared statement, a COPY stream.
///
/// Bytes are lent for the call.
public protocol RowWriter: ~Copyable {
    /// A row of a table begins, named by its place in `StoredTables.all`.
    mutating func begin(_ table: Int) throws
    /// A group of rows of one symbol follows, which takes the place of the group of the same `start`.
    mutating func beginGroup(_ table: Int, start: Int64) throws

    /// The symbol of the update that is being written.
    mutating func appendSymbol() throws
    mutating func appendNull() throws
    mutating func append(integer: Int64) throws
    mutating func append(real: Double) throws
    mutating func append(flag: Bool) throws
    /// Bits of a set.
    mutating func append(marks: UInt32) throws
    /// Nanoseconds since 1970 UTC.
    mutating func append(time: Int64) throws
    /// Billionths.
    mutating func append(price: Int64) throws
    /// Steps of the symbol's size step.
    mutating func append(quantity: Int64) throws
    /// UTF-8.
    mutating func append(text: RawSpan) throws
    /// JSON in UTF-8.
    mutating func append(json: RawSpan) throws

    /// The row is whole.
    mutating func end() throws
}
