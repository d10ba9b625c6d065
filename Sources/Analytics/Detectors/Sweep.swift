internal import Graph
public import Market
public import Memory
public import Updates

/// Sweeps: one aggressor takes several levels, or several venues, in one go (definitions §11).
///
/// Consecutive lit prints of one side are one chain until the pause is too long, the side changes, or, of one book, the
/// price goes back or the venue changes. A chain is told once, when it is over: when the next print ends it, or when
/// its timer does; both tell the same. All flavours see the same prints and share one timer, which is never shorter
/// than the longest gap, so that their order does not hang on who ended them. Prints off the exchange, prints of an
/// auction and prints whose side nobody knows neither join a chain nor end it; the latter still count among the sizes.
///
/// A gap in the stream ends a chain: it is told as far as it was seen, where that is enough, and says so. A halt and
/// the session's end end it too. A chain in whose time the tape was corrected is not run again; it carries
/// `inputRevised`. At the end of the input an open chain is told as it stands, not final.
public struct Sweep: Analytic, ~Copyable {
    public static let name = "sweep"
    public static let meaning = "Chains of prints by one aggressor through levels of a book or across venues"
    public static let example = #"{ "book": { "gap": "1ms", "levels": 3 }, "timer": "250ms" }"#
    public static let interests: Interests = [.trades, .instants, .breaks, .sessions, .changes, .live]
    public static let layouts = [SweepUpdate.layout]

    public static func topics(_ settings: SweepSettings) -> [TopicEntry] {
        [TopicEntry(prefix: "sweep/", layout: SweepUpdate.layout)]
    }

    private var channel: Channel
    private let instrument: Instrument
    private let hasBook: Bool
    private let hasIntermarket: Bool
    private let hasOptions: Bool
    /// Whether a print's venue was ever known, or need not be.
    private var isNamed: Bool
    private let wait: Int64
    private let minimumCount: Int
    /// An intermarket chain has begun since the last end of all: what no feed names is not looked at.
    private var isIntermarketOpen = false
    private var sizes: RollingSizes
    private var book: SweepRun
    private var intermarket: SweepRun
    private var options: SweepRun

    public init(_ settings: SweepSettings, at place: AnalyticPlace) {
        channel = place.channels[0]
        instrument = place.instrument
        hasBook = settings.book.isOn
        hasIntermarket = settings.intermarket.isOn
        hasOptions = settings.options.isOn
        isNamed = settings.intermarket.venues == 0
        wait = settings.wait
        minimumCount = settings.intermarket.minimumCount
        sizes = RollingSizes(
            window: settings.intermarket.window, shareInMillionths: settings.intermarket.percentile / 1000)
        let flag = UInt32(settings.intermarket.flag)
        book = SweepRun(settings.bookRule, flag: flag)
        intermarket = SweepRun(settings.intermarketRule(place.instrument), flag: flag)
        options = SweepRun(settings.optionsRule(place.instrument), flag: flag)
    }

    // MARK: Prints

    public mutating func receive(
        _ trade: borrowing Trade, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        guard trade.marks.isDisjoint(with: [.offExchange, .auction]) else { return }
        var threshold = Int64.max
        // Until a venue is named nothing can go from one to another, and a feed that names none pays for none.
        if trade.venue != 0 { isNamed = true }
        let hasIntermarket = hasIntermarket && isNamed
        if hasIntermarket {
            // A chain is judged by the sizes before it.
            if sizes.count >= minimumCount { threshold = sizes.percentile }
            sizes.add(trade.quantity)
        }
        guard trade.sign != 0 else { return }
        // What a print ends is told before it is taken: chains are not copied print by print.
        let state = surroundings.bookState
        if hasBook {
            let joins = book.isContinued(by: trade)
            if !joins, book.counts { tell(book.chain, .book, [], .final, &surroundings, &updates) }
            book.take(trade, joins: joins, threshold: .max, bookState: state)
        }
        if hasIntermarket {
            isIntermarketOpen = true
            let joins = intermarket.isContinued(by: trade)
            if !joins, intermarket.counts { tell(intermarket.chain, .intermarket, [], .final, &surroundings, &updates) }
            intermarket.take(trade, joins: joins, threshold: threshold, bookState: state)
        }
        if hasOptions {
            let joins = options.isContinued(by: trade)
            if !joins, options.counts { tell(options.chain, options.flavour, [], .final, &surroundings, &updates) }
            options.take(trade, joins: joins, threshold: .max, bookState: state)
        }
        if isCounting { surroundings.expect(due) }
    }

    /// Whether a chain is open that will be told.
    private var isCounting: Bool {
        hasBook && book.counts || isIntermarketOpen && intermarket.counts || hasOptions && options.counts
    }

    /// When open chains are over: every print joins a chain of each flavour or begins one, so that their last prints
    /// are the same.
    private var due: Int64 {
        let last = hasBook ? book.lastTime : hasIntermarket ? intermarket.lastTime : options.lastTime
        return last &+ wait
    }

    // MARK: Ends

    public mutating func wake(_ surroundings: inout Surroundings, _ updates: inout Outbox) {
        guard isCounting else { return }
        if surroundings.time >= due {
            end([], &surroundings, &updates)
        } else {
            surroundings.expect(due)
        }
    }

    public mutating func receive(
        _ stop: StreamBreak, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        end(stop == .gap ? .gap : [], &surroundings, &updates)
    }

    public mutating func close(_ session: Session, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        end([], &surroundings, &updates)
    }

    public mutating func receive(
        _ change: TapeChange, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        book.revise(at: change.trade.time)
        intermarket.revise(at: change.trade.time)
        options.revise(at: change.trade.time)
    }

    public mutating func show(_ surroundings: inout Surroundings, _ updates: inout Outbox) {
        if surroundings.isEnding { tellAll([], .live, &surroundings, &updates) }
    }

    private mutating func end(
        _ cuts: SweepUpdate.Cuts, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        tellAll(cuts, .final, &surroundings, &updates)
        book.close()
        intermarket.close()
        options.close()
    }

    private mutating func tellAll(
        _ cuts: SweepUpdate.Cuts, _ edition: Edition, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        if book.counts { tell(book.chain, .book, cuts, edition, &surroundings, &updates) }
        if intermarket.counts { tell(intermarket.chain, .intermarket, cuts, edition, &surroundings, &updates) }
        if options.counts { tell(options.chain, options.flavour, cuts, edition, &surroundings, &updates) }
    }

    // MARK: Telling

    private mutating func tell(
        _ chain: SweepChain, _ flavour: SweepFlavour, _ cuts: SweepUpdate.Cuts, _ edition: Edition,
        _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        let window = Window(from: chain.firstTime, to: chain.lastTime &+ 1)
        let share = Double(chain.inferred) / Double(chain.quantity)
        var quality = surroundings.quality(over: window, inferredShare: share)
        quality.bookState = chain.bookState
        var edition = edition
        if chain.isRevised { edition.flags.insert(.inputRevised) }
        let isFull = chain.prints == SweepRun.printLimit
        let body = SweepUpdate(chain, flavour, cuts: isFull ? cuts.union(.limit) : cuts, instrument: instrument)
        let head = surroundings.head(on: &channel, over: window, as: edition, quality: quality)
        surroundings.publish(body, head, on: channel, &updates)
        guard edition.isFinal, flavour != .block else { return }
        let evidence = Evidence(
            kind: .sweep, number: channel.number, time: surroundings.time, quality: quality)
        surroundings.board.add(Finding(evidence, direction: Int8(chain.sign), low: chain.low, high: chain.high))
    }
}

extension Sweep {
    public static var version: Int { 1 }

    public mutating func archive(_ archive: inout Archive) {
        archive.channel(&channel)
        archive.values(&isNamed, &isIntermarketOpen)
        sizes.archive(&archive)
        book.archive(&archive)
        intermarket.archive(&archive)
        options.archive(&archive)
    }
}
