public import Market

/// Events on their way from a source to the router: a short run with a limit, used again after it was emptied.
public struct EventBatch: ~Copyable {
    /// A batch never holds more than this.
    public static let limit = 1_024

    /// How many events this batch takes, 1 to `limit`.
    public let capacity: Int
    private var events: [MarketEvent] = []

    public init(capacity: Int = EventBatch.limit) {
        precondition(capacity >= 1 && capacity <= Self.limit, "A batch must hold 1 to 1,024 events.")
        self.capacity = capacity
        events.reserveCapacity(capacity)
    }

    public var count: Int { events.count }
    public var isEmpty: Bool { events.isEmpty }
    public var room: Int { capacity - events.count }
    public var isFull: Bool { events.count >= capacity }

    public subscript(index: Int) -> MarketEvent { events[index] }

    public mutating func append(_ event: MarketEvent) {
        precondition(events.count < capacity, "A batch must be emptied before it takes more than its capacity.")
        events.append(event)
    }

    /// Appends as many as there is room for and returns how many.
    mutating func append(from queue: ArraySlice<MarketEvent>) -> Int {
        let count = min(room, queue.count)
        events.append(contentsOf: queue.prefix(count))
        return count
    }

    public mutating func removeAll() { events.removeAll(keepingCapacity: true) }

    /// Lends the events for reading.
    public func withEvents<Result, Failure: Error>(
        _ body: (Span<MarketEvent>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(events.span)
    }
}
