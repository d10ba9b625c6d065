internal import Market
internal import Memory
internal import Rings
internal import Updates

/// Where in an inlet's bank a visit's elements lie.
typealias RingVisitPlace = RingVisit

/// What one source brings into one lane: the bank's reading end, and actor and state of each ring.
struct LaneInlet: ~Copyable {
    var reader: BankReader<MarketEvent>
    let states: Shelf<SymbolState>
    let roster: LaneRoster
    var actors: [Unmanaged<SymbolActor>] = []

    init(reader: consuming BankReader<MarketEvent>, roster: LaneRoster) {
        self.reader = reader
        self.roster = roster
        states = Shelf(capacity: roster.limit)
    }

    deinit { for actor in unsafe actors { unsafe actor.release() } }

    func element(_ offset: Int, of place: RingVisit) -> MarketEvent { reader.element(offset, of: place) }
}

/// What a lane writes: its outbox and the links that carry it on.
struct LaneOutput: ~Copyable {
    var outbox = Outbox()
}
