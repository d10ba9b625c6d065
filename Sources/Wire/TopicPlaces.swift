public import Updates

/// Which place each topic of one or more nodes has in a list, by source, slot and symbol: two array look-ups.
public struct TopicPlaces: Sendable {
    /// Places given at most.
    public let limit: Int
    public private(set) var count = 0
    /// The topic tables, in the order in which they were added.
    public private(set) var tables: [TopicTable] = []
    /// For each source and slot the places by symbol; -1 is none.
    private var places: [[Int32]] = []
    private var firstSlots: [Int] = []

    public init(limit: Int) {
        precondition(limit > 0 && limit <= Int(Int32.max), "The limit must fit the places.")
        self.limit = limit
    }

    /// Adds a node's topics; returns the source by which its records name them.
    public mutating func add(_ table: TopicTable) -> Int {
        firstSlots.append(places.count)
        places += [[Int32]](repeating: [], count: table.entries.count)
        tables.append(table)
        return tables.count - 1
    }

    public func entry(_ source: Int, _ slot: UInt16) -> TopicEntry { tables[source].entries[Int(slot)] }

    /// The place of a topic that has one.
    public func place(_ source: Int, slot: UInt16, symbol: UInt32) -> Int? {
        let row = firstSlots[source] + Int(slot)
        guard Int(symbol) < places[row].count else { return nil }
        let place = places[row][Int(symbol)]
        return place < 0 ? nil : Int(place)
    }

    /// Gives a topic the next place; nil when all are given.
    public mutating func insert(_ source: Int, slot: UInt16, symbol: UInt32) -> Int? {
        guard count < limit else { return nil }
        precondition(place(source, slot: slot, symbol: symbol) == nil, "A topic has one place.")
        let row = firstSlots[source] + Int(slot)
        let missing = Int(symbol) + 1 - places[row].count
        if missing > 0 { places[row] += [Int32](repeating: -1, count: missing) }
        places[row][Int(symbol)] = Int32(count)
        count += 1
        return count - 1
    }
}
