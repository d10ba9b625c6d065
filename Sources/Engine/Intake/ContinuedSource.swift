internal import Graph
internal import Market

/// A journal that was recorded elsewhere, and then the source that goes on: without a gap or a double where that one's
/// input comes again, with a declared gap where it goes on with what comes now.
final class ContinuedSource: Source {
    private let beginning: any Source
    private let continuation: any Source
    /// The symbols that may come of the beginning.
    private let symbols: RouterBeginning.Symbols

    init(_ beginning: any Source, then continuation: any Source, symbols: RouterBeginning.Symbols) {
        self.beginning = beginning
        self.continuation = continuation
        self.symbols = symbols
    }

    /// A journal can always be read again; the continuation's own rule holds behind it.
    var resumption: Resumption { .again }

    func prepare(_ desk: ControlDesk) throws {
        try beginning.prepare(desk)
        try continuation.prepare(desk)
    }

    func report() -> [String] { beginning.report().map { "journal: \($0)" } + continuation.report() }

    func run(into router: inout Router, world: World) throws {
        router.begin(with: symbols)
        try beginning.run(into: &router, world: world)
        guard !world.isStopping else { return router.breakOff() }
        router.goOn(as: continuation.resumption)
        try continuation.run(into: &router, world: world)
    }
}

/// What a router knows while it replays a journal that another source goes on from.
struct RouterBeginning {
    /// Names as they were recorded; nil for all.
    struct Symbols: Sendable {
        let wanted: FeedSymbols
        let known: SymbolSet?

        func includes(_ name: String) -> Bool { wanted.includes(name) && known?.contains(name) ?? true }
    }

    let symbols: Symbols
    /// The last event of the journal so far.
    private(set) var number: UInt64 = 0
    private(set) var time = Timestamp(nanoseconds: 0)

    init(_ symbols: Symbols) { self.symbols = symbols }

    /// Notes an event; true for an end of input: the input goes on.
    mutating func leavesOut(_ event: MarketEvent) -> Bool {
        number = max(number, event.sequence)
        time = max(time, event.venueTime)
        return event.kind == .control && event.controlAction == .endOfInput
    }
}

/// The symbols of a source, as far as its beginning may name them.
final class LimitedDirectory: SymbolDirectory {
    private let sources: SourceDirectory
    private let symbols: RouterBeginning.Symbols

    init(_ sources: SourceDirectory, _ symbols: RouterBeginning.Symbols) {
        self.sources = sources
        self.symbols = symbols
    }

    func entry(for name: String) -> SymbolEntry? { symbols.includes(name) ? sources.entry(for: name) : nil }
}

extension Router {
    /// What comes now is a journal that another source goes on from.
    mutating func begin(with symbols: RouterBeginning.Symbols) { beginning = RouterBeginning(symbols) }

    /// The run is to end before the journal has.
    mutating func breakOff() {
        let time = beginning?.time ?? Timestamp(nanoseconds: 0)
        beginning = nil
        end(at: time)
    }

    /// The journal has ended: passes its events over, or says that events are missing.
    mutating func goOn(as resumption: Resumption) {
        guard let beginning else { preconditionFailure("A source must have a beginning to go on from.") }
        self.beginning = nil
        // Symbols that come only now have heard of none.
        controlsBrought = 0
        let isBehind = journaled > beginning.number
        let last = (number: max(journaled, beginning.number), time: isBehind ? journaledTime : beginning.time)
        resume(resumption, behind: last)
        declareGap()
    }
}
