internal import Engine
internal import Market
internal import Rings

/// A source of trades that are due at an even beat, in turns between symbols; each carries the time when it was due.
final class PacedSource: Source {
    private let pacing: Pacing
    private let symbols: Int
    /// The names of its symbols begin so.
    private let prefix: String

    init(_ pacing: Pacing, symbols: Int, prefix: String = "SYM") {
        self.pacing = pacing
        self.symbols = symbols
        self.prefix = prefix
    }

    var resumption: Resumption { .again }
    func report() -> [String] { [] }

    func run(into router: inout Router, world: World) throws {
        pacing.takeSeat()
        for index in 0..<symbols { _ = router.directory.entry(for: "\(prefix)\(index)") }
        // The lane makes the states of its symbols meanwhile.
        let begin = Seat.monotonic + 50_000_000
        var next = 0
        while next < pacing.count, !world.isStopping {
            pacing.wait(until: pacing.due(next, from: begin))
            let now = Seat.monotonic
            // What has become due meanwhile goes together, as with a feed that finds several messages in its socket.
            while next < pacing.count {
                let due = pacing.due(next, from: begin)
                if due > now { break }
                router.route(PacedSource.trade(next, symbol: next % symbols, at: due))
                next += 1
            }
            router.publish()
        }
        router.end(at: Timestamp(nanoseconds: pacing.due(pacing.count, from: begin)))
    }

    /// Prices go up and down by a few cents, so that candles and profiles have something to do.
    static func trade(_ index: Int, symbol: Int, at nanoseconds: Int64) -> MarketEvent {
        let step = Int64((index &* 2_654_435_761) >> 7 & 63)
        let time = Timestamp(nanoseconds: nanoseconds)
        return .trade(
            symbol: UInt32(symbol), venueTime: time, receiveTime: time,
            price: Price(billionths: (10_000 + step) * 10_000_000), quantity: Quantity(steps: 100 + step))
    }
}
