/// A part of what a publisher has published: everything behind `after` up to and with `upTo`, on some topics.
public struct ReplayRange: Hashable, Sendable {
    public let publisher: UInt64
    public let after: UInt64
    public let upTo: UInt64
    /// Prefixes of topics; empty stands for all.
    public let topics: [String]

    public init(publisher: UInt64, after: UInt64, upTo: UInt64, topics: [String]) {
        self.publisher = publisher
        self.after = after
        self.upTo = upTo
        self.topics = topics
    }

    public var isEmpty: Bool { upTo <= after }

    /// What of it lies behind a position.
    public func rest(after position: UInt64) -> ReplayRange {
        ReplayRange(publisher: publisher, after: max(after, position), upTo: upTo, topics: topics)
    }
}
