internal import Market
internal import Memory
public import Updates

/// What was counted in one window of a book.
struct LiquidityCounts: Plain, Equatable, Sendable {
    /// Ends of groups, or quotes, that were judged.
    var ends: Int64 = 0
    /// Ends that were compared with the one before.
    var steps: Int64 = 0
    var crossed: Int64 = 0
    var locked: Int64 = 0
}

/// What the top of a book, or a quote, says: touch, depth, imbalance and order flow (definitions §9). The flow of each
/// rank follows as a group.
public struct LiquidityUpdate: UpdateBody {
    public var bid: Int64
    public var ask: Int64
    public var bidSize: Int64
    public var askSize: Int64
    public var spread: Int64
    public var middle: Double
    public var weightedMiddle: Double
    public var microprice: Double
    public var imbalance: Double
    public var tilt: Double
    public var bidDepth: Int64
    public var askDepth: Int64
    public var depthImbalance: Double
    public var depthTilt: Double
    public var flow: Int64
    public var depthFlow: Int64
    public var steps: Int64
    public var ends: Int64
    public var crossedEnds: Int64
    public var lockedEnds: Int64
    public var refused: Int64
    public var mismatched: Int64
    public var dropped: Int64
    public var time: Int64
    public var marks: Marks
    public var bookState: UInt8
    public var source: UInt8
    public var sound: UInt8
    public var trained: UInt8

    /// What is remarkable of the touch and of the window.
    public struct Marks: OptionSet, BitwiseCopyable, Equatable, Sendable {
        public let rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }
        public static let bidEmpty = Marks(rawValue: 1)
        public static let askEmpty = Marks(rawValue: 2)
        public static let locked = Marks(rawValue: 4)
        public static let crossed = Marks(rawValue: 8)
        /// Some end in the window could not be compared with the one before it.
        public static let flowBegan = Marks(rawValue: 16)
        static let names = ["bidEmpty", "askEmpty", "locked", "crossed", "flowBegan"]

        init(_ quote: Quote) {
            self = []
            let none = Price.none.billionths
            if quote.bid == none { insert(.bidEmpty) }
            if quote.ask == none { insert(.askEmpty) }
            if quote.hasBoth, quote.bid == quote.ask { insert(.locked) }
            if quote.isCrossed { insert(.crossed) }
        }
    }

    /// What the values are made from.
    public enum Source: UInt8, CaseIterable, Sendable { case quotes, levels, orders }

    init(_ analytic: borrowing Liquidity) {
        let quote = analytic.seen.quote
        let touch = TouchReading(quote)
        (bid, ask, bidSize, askSize) = (quote.bid, quote.ask, quote.bidSize, quote.askSize)
        (spread, middle, weightedMiddle) = (touch.spread, touch.middle, touch.weightedMiddle)
        microprice = analytic.microprice?.price(touch, tick: analytic.tick) ?? .nan
        (imbalance, tilt) = (touch.imbalance, touch.tilt)
        bidDepth = analytic.seen.bids.depth(over: analytic.weights.count)
        askDepth = analytic.seen.asks.depth(over: analytic.weights.count)
        let depth = SizeShare(
            analytic.seen.bids.depth(weights: analytic.weights), analytic.seen.asks.depth(weights: analytic.weights))
        (depthImbalance, depthTilt) = (depth.share, depth.tilt)
        flow = analytic.seen.flow(0)
        depthFlow = analytic.seen.flow
        (steps, ends) = (analytic.counts.steps, analytic.counts.ends)
        (crossedEnds, lockedEnds) = (analytic.counts.crossed, analytic.counts.locked)
        let counts = analytic.kept.book.counts
        (refused, mismatched, dropped) = (counts.refused, counts.mismatched, counts.dropped)
        time = analytic.lastTime
        marks = Marks(quote)
        if ends > steps { marks.insert(.flowBegan) }
        bookState = analytic.state.rawValue
        source = analytic.source.rawValue
        sound = quote.isSound ? 1 : 0
        trained = analytic.microprice == nil ? 0 : 1
    }

    public static let layout = UpdateLayout(
        template: 20, kind: "liquidity", size: MemoryLayout<Self>.size,
        fields: touchFields + depthFields + countFields,
        groups: [
            GroupLayout(
                "flows", size: MemoryLayout<Int64>.size,
                fields: [
                    UpdateField("ofi", .quantity, at: 0, "Order flow imbalance of the window at this rank, best first.")
                ])
        ],
        meaning: "Touch, depth, imbalance, order flow and state of a book or of a quote, once per window.")

    private static let touchFields = [
        UpdateField("bid", .price, \Self.bid, "Best bid; null where there is none, or where it is not known."),
        UpdateField("ask", .price, \Self.ask, "Best ask; null where there is none, or where it is not known."),
        UpdateField("bidSize", .quantity, \Self.bidSize, "Size at the best bid."),
        UpdateField("askSize", .quantity, \Self.askSize, "Size at the best ask."),
        UpdateField("spread", .price, \Self.spread, "Ask less bid; below 0 where they cross."),
        UpdateField("mid", .real, \Self.middle, "The middle of bid and ask, quote currency."),
        UpdateField("weightedMid", .real, \Self.weightedMiddle, "I x ask + (1 - I) x bid, quote currency."),
        UpdateField(
            "microprice", .real, \Self.microprice,
            "Mid plus the trained adjustment (Stoikov 2018), quote currency; null without a table that reaches."),
        UpdateField("imbalance", .real, \Self.imbalance, "I: the bid's size as a part of bid's and ask's, 0 to 1."),
        UpdateField("rho", .real, \Self.tilt, "Bid's size less ask's, by their sum: 2 I - 1, -1 to 1."),
    ]

    private static let depthFields = [
        UpdateField(
            "bidDepth", .quantity, \Self.bidDepth, "Size of the first levels of the bids together, unweighted."),
        UpdateField(
            "askDepth", .quantity, \Self.askDepth, "Size of the first levels of the asks together, unweighted."),
        UpdateField(
            "depthImbalance", .real, \Self.depthImbalance, "Weighted bid depth as a part of both depths, 0 to 1."),
        UpdateField(
            "depthRho", .real, \Self.depthTilt, "Weighted bid depth less ask depth, by their sum: -1 to 1."),
        UpdateField(
            "ofi", .quantity, \Self.flow, "Order flow imbalance of the window at the touch (Cont, Kukanov, Stoikov)."),
        UpdateField("ofiDepth", .quantity, \Self.depthFlow, "Order flow imbalance of the first levels together."),
    ]

    private static let countFields = [
        UpdateField("steps", .count, \Self.steps, "Ends of groups, or quotes, that the flow compares with their last."),
        UpdateField("ends", .count, \Self.ends, "Ends of groups, or quotes, in the window."),
        UpdateField("crossedEnds", .count, \Self.crossedEnds, "Those of them with the bid above the ask."),
        UpdateField("lockedEnds", .count, \Self.lockedEnds, "Those of them with the bid at the ask."),
        UpdateField("refused", .count, \Self.refused, "Changes in the window whose price, size or side is impossible."),
        UpdateField("mismatched", .count, \Self.mismatched, "Changes in the window of what the book did not hold."),
        UpdateField("dropped", .count, \Self.dropped, "Levels in the window that found no room in the book."),
        UpdateField("time", .time, \Self.time, "Venue time of the last end or quote; null before the first."),
        UpdateField("marks", .marks(Marks.names), \Self.marks, "What is remarkable of the touch and of the window."),
        UpdateField(
            "bookState", .choice(BookState.allCases.map { "\($0)" }), \Self.bookState,
            "The book's state at this moment; the head has the worst of the window."),
        UpdateField("source", .choice(Source.allCases.map { "\($0)" }), \Self.source, "What the values are made from."),
        UpdateField("sound", .flag, \Self.sound, "1 where both sides are there and the bid is below the ask."),
        UpdateField("trained", .flag, \Self.trained, "1 where a trained table gives the microprice."),
    ]
}

/// The best levels of both sides of a kept book, best first, as groups; none where only quotes come.
public struct LadderUpdate: UpdateBody {
    public var time: Int64
    public var bidLevels: Int64
    public var askLevels: Int64

    public static let layout = UpdateLayout(
        template: 21, kind: "ladder", size: MemoryLayout<Self>.size,
        fields: [
            UpdateField("time", .time, \Self.time, "Venue time of the group whose end shows these levels."),
            UpdateField("bidLevels", .count, \Self.bidLevels, "Levels of the bids that follow."),
            UpdateField("askLevels", .count, \Self.askLevels, "Levels of the asks that follow."),
        ],
        groups: [group("bids"), group("asks")],
        meaning: "The best levels of both sides of a kept book, best first, once per window.")

    private static func group(_ name: String) -> GroupLayout {
        GroupLayout(
            name, size: MemoryLayout<BookLevel>.size,
            fields: [
                UpdateField("price", .price, \BookLevel.price, "Price of the level."),
                UpdateField("size", .quantity, \BookLevel.size, "Size of the level."),
                UpdateField("orders", .count, \BookLevel.orders, "Orders at the level; 0 where levels are told."),
            ])
    }
}
