public import Market

/// A market made of chance and a seed: trades with quotes around them and a clock event per symbol and whole second,
/// without end, in the order of venue time.
///
/// It is a value without a clock of its own: the events are a function of the settings alone, whatever the size of
/// the batches they are taken in. Who wants them live waits for each event's venue time.
public struct SimulatedMarket: Sendable {
    /// A quote is at most this long before its trade.
    private static let quoteLead = 20_000
    private static let latency: Int64 = 80_000
    private static let jitter = 200_000

    private let unknownSideShare: Double
    private var chance: Chance
    private var arrivals: SimulatedArrivals
    private var books: [SimulatedBook]
    private var clock = ClockBeat()
    /// The events of one arrival, and which of them is next.
    private var staged: [MarketEvent] = []
    private var position = 0
    /// The seconds to announce before the next staged event, and the one being announced with the symbol that is next.
    private var due: ClockBeat.Seconds
    private var beat: Timestamp?
    private var beatBook = 0
    private var trades: UInt64 = 0
    private var sequence: UInt64 = 0
    private var latestReceive = Timestamp(nanoseconds: 0)

    /// A market of these instruments; the first is the busiest.
    ///
    /// Throws `SimulatedSettingsError` for a value out of its range.
    public init(_ settings: SimulatedSettings, instruments: [SimulatedInstrument]) throws(SimulatedSettingsError) {
        guard (1...SimulatedSettings.symbolLimit).contains(instruments.count) else {
            throw .symbolCount(instruments.count)
        }
        try settings.check()
        for instrument in instruments { try instrument.check() }
        unknownSideShare = settings.unknownSideShare
        var chance = Chance(seed: settings.seed)
        books = instruments.map { SimulatedBook($0, &chance) }
        self.chance = chance
        arrivals = SimulatedArrivals(
            symbols: instruments.count, rate: settings.rate / SimulatedBook.printsPerArrival, curve: settings.curve,
            start: settings.start)
        due = clock.due(before: settings.start)
        stage()
    }

    /// `SIM01` to `SIM20` for twenty symbols, `SIM0001` on for a thousand and more.
    public static func names(count: Int) -> [String] {
        let width = max(2, String(count).count)
        return (0..<count).map { index in
            let number = String(index + 1)
            return "SIM" + String(repeating: "0", count: width - number.count) + number
        }
    }

    /// Appends the next `limit` events.
    public mutating func next(into batch: inout [MarketEvent], limit: Int) {
        precondition(limit >= 0, "A batch cannot have fewer than no events.")
        for _ in 0..<limit {
            guard let second = beat else {
                append(staged[position], to: &batch)
                position += 1
                stage()
                continue
            }
            let symbol = books[beatBook].instrument.index
            append(MarketEvent(.clock, symbol: symbol, venueTime: second, receiveTime: second), to: &batch)
            beatBook += 1
            if beatBook == books.count { announce() }
        }
    }

    /// Makes the next staged event known, with the seconds that come before it.
    private mutating func stage() {
        if position == staged.count {
            staged.removeAll(keepingCapacity: true)
            position = 0
            arrive()
        }
        due = clock.due(before: staged[position].venueTime)
        announce()
    }

    private mutating func announce() {
        beat = due.next()
        beatBook = 0
    }

    private mutating func arrive() {
        let earliest = arrivals.time
        let symbol = arrivals.next(&chance)
        let lead = Int64(1 + chance.below(Self.quoteLead))
        let quoteTime = Timestamp(nanoseconds: max(earliest, arrivals.time - lead))
        let time = Timestamp(nanoseconds: arrivals.time)
        books[symbol].arrive(
            quoteTime: quoteTime, time: time, unknownSideShare: unknownSideShare, &chance, into: &staged)
    }

    /// Numbers an event and gives it a receive time, which is never before that of the event before it.
    private mutating func append(_ event: MarketEvent, to batch: inout [MarketEvent]) {
        var event = event
        sequence += 1
        event.sequence = sequence
        if event.isTrade {
            trades += 1
            event.identifier = trades
        }
        let delay = Self.latency + Int64(chance.below(Self.jitter))
        latestReceive = max(latestReceive, event.venueTime + delay)
        event.receiveTime = latestReceive
        batch.append(event)
    }
}
