public import Market

/// What is known of records that were appended together.
public struct JournalBatch: Hashable, Sendable {
    /// The position of the first record.
    public let first: UInt64
    /// How many records, at least one.
    public let count: Int
    /// The venue times that the records span; 0 where none is known.
    public let earliest: Timestamp
    public let latest: Timestamp

    /// The position of the last record.
    public var last: UInt64 { first + UInt64(count) - 1 }

    public init(first: UInt64, count: Int, earliest: Timestamp, latest: Timestamp) {
        self.first = first
        self.count = count
        self.earliest = earliest
        self.latest = latest
    }
}
