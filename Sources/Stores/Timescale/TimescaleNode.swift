internal import Engine
internal import Market
internal import Memory
internal import Updates
internal import Wire

/// A symbols node whose updates are stored.
struct TimescaleNode {
    let name: [UInt8]
    let topics: TopicTable
    let plans: [RowPlan]
    var symbols: [UInt32: TimescaleSymbol] = [:]

    init(_ origin: UpdateOrigin, keepsLive: Bool) {
        name = Array(origin.node.utf8)
        topics = origin.topics
        plans = origin.topics.entries.map { RowPlan($0, keepsLive: keepsLive) }
    }

    /// A topic with its symbol, as its messages carry it.
    func topic(_ slot: UInt16, _ symbol: UInt32) -> String {
        let name = String(decoding: symbols[symbol]?.name ?? [], as: UTF8.self)
        guard let symbol = Symbol(name) else { return topics.entries[Int(slot)].prefix }
        return Topic(prefix: topics.entries[Int(slot)].prefix, subject: .symbol(symbol)).text
    }
}

/// A symbol met for the first time.
struct NewSymbol {
    let node: String
    let name: String
    let sizeStep: Int64
}

/// An update that no row could be made of.
struct Rejection {
    let node: String
    let topic: String
    let number: Int64
    let reason: String
    let content: [UInt8]
}
