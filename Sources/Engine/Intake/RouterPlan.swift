internal import Market
internal import Memory
public import Rings

/// A run of events that one symbol's ring had no room for.
struct RouterHole {
    private(set) var event: MarketEvent

    init(_ first: MarketEvent) {
        event = .gap(
            symbol: first.symbol, venueTime: first.venueTime, receiveTime: first.receiveTime, cause: .ring,
            first: first.sequence, last: first.sequence, count: 0)
    }

    mutating func extend(by lost: MarketEvent) {
        var longer = MarketEvent.gap(
            symbol: event.symbol, venueTime: max(event.venueTime, lost.venueTime), receiveTime: lost.receiveTime,
            cause: .ring, first: event.gapFirst, last: lost.sequence, count: event.gapCount + 1)
        longer.sequence = lost.sequence
        event = longer
    }
}

/// What a router has counted: offered = accepted + refused.
public final class RouterCounts: Sendable {
    public let accepted = Tally()
    public let refused = Tally()
    public let gaps = Tally()
    public init() {}
}

/// What a router is made from.
struct RouterPlan: Sendable {
    let writers: Shelf<BankWriter<MarketEvent>>
    let lanes: [LaneDesk]
    let symbols: FeedSymbols
    let roster: Roster
    let laneRosters: [LaneRoster]
    let instrument: @Sendable (Symbol) -> Instrument
    let symbolLimit: Int
    let overflow: RouterOverflow
    let batchLimit: Int
    let stopping: Signal
    let counts: RouterCounts
    let controls: ControlDesk
}
