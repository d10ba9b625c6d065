internal import Engine
internal import Market
internal import Rings

/// A source of trades that come as fast as they are taken, in turns between symbols.
final class FlatOutSource: Source {
    /// Trades handed over in one call.
    private static let block = 1_024

    private let count: Int
    private let symbols: Int
    private let prefix: String
    /// Venue time from one trade to the next, in nanoseconds.
    private let step: Int64
    private let core: Int?
    /// How long it took from the first trade to the last one's being taken by its ring.
    let time = Stopwatch()

    init(count: Int, symbols: Int, prefix: String, step: Int64, core: Int?) {
        self.count = count
        self.symbols = symbols
        self.prefix = prefix
        self.step = step
        self.core = core
    }

    var resumption: Resumption { .again }
    func report() -> [String] { [] }

    func run(into router: inout Router, world: World) throws {
        if let core { _ = Seat.pin(to: core) }
        for index in 0..<symbols { _ = router.directory.entry(for: "\(prefix)\(index)") }
        var block: [MarketEvent] = []
        block.reserveCapacity(FlatOutSource.block)
        time.start()
        var next = 0
        while next < count, !world.isStopping {
            block.removeAll(keepingCapacity: true)
            for index in next..<min(next + FlatOutSource.block, count) {
                block.append(PacedSource.trade(index, symbol: index % symbols, at: Int64(index) * step))
            }
            next += block.count
            router.route(block.span)
        }
        router.end(at: Timestamp(nanoseconds: Int64(count) * step))
        time.stop()
    }
}
