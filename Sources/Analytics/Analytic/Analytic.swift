public import Graph
public import Market
public import Memory
public import Updates

/// What an analytic wants to be told of; nothing else costs it anything.
public struct Interests: OptionSet, Sendable {
    public let rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }
    /// Every trade of the order flow, classified, in order.
    public static let trades = Interests(rawValue: 1)
    /// Every change of the best bid or ask, from quotes or from a kept book.
    public static let quotes = Interests(rawValue: 2)
    /// Levels, orders and resets of the book.
    public static let book = Interests(rawValue: 4)
    /// Bars that it asked for in `bars(_:)`, as they finish.
    public static let bars = Interests(rawValue: 8)
    /// Instants that it asked for with `Surroundings.expect`.
    public static let instants = Interests(rawValue: 16)
    /// Late trades, cancels and corrections.
    public static let changes = Interests(rawValue: 32)
    /// The beginning and the end of a session.
    public static let sessions = Interests(rawValue: 64)
    /// Once per `live` interval, and at the end of the input: values that still grow.
    public static let live = Interests(rawValue: 128)
    /// Gaps, halts and the end of a halt.
    public static let breaks = Interests(rawValue: 256)
    /// The session's mean price, developing value area and nodes, kept on the board minute by minute.
    public static let profile = Interests(rawValue: 512)
    /// It keeps the book and says in `Surroundings.bookState` and `bookQuote` what it is like.
    public static let keepsBook = Interests(rawValue: 1024)
}

/// Why a symbol's stream is not what it was.
public enum StreamBreak: UInt8, CaseIterable, BitwiseCopyable, Sendable {
    /// Events are missing from here on back to the last good one.
    case gap = 1
    case halt, resume
}

/// One analytic of one symbol: a plain value that is told what happens, in order, and publishes what follows from it.
///
/// It never waits, reads no clock (time is `Surroundings.time`), and allocates only while it grows. What it tells later
/// analytics of the same symbol it leaves on the board (`Surroundings.board`): they stand behind it in
/// `AnalyticCatalogue.all`, so that data goes one way. docs/extending.md shows a whole one.
public protocol Analytic: ~Copyable, Sendable {
    associatedtype Settings: NodeSettings

    /// The name in a topology's `analytics`, `footprint`.
    static var name: String { get }
    /// One sentence for `millrace kinds`.
    static var meaning: String { get }
    /// Its settings as a symbols node may have them: valid JSON.
    static var example: String { get }
    static var interests: Interests { get }
    /// The layouts of its updates, in the order of their templates.
    static var layouts: [UpdateLayout] { get }
    /// The topics that these settings make; channels are handed to `init` in this order.
    static func topics(_ settings: Settings) -> [TopicEntry]
    /// The names of the bars that it wants to be told of: `1m`, or one that `BarMaker` names (`tick/100`).
    static func bars(_ settings: Settings) -> [String]
    /// The names of the bars that it makes itself and hands on with `Surroundings.finish`.
    static func makes(_ settings: Settings) -> [String]

    init(_ settings: Settings, at place: AnalyticPlace)

    mutating func receive(_ trade: borrowing Trade, _ surroundings: inout Surroundings, _ updates: inout Outbox)
    mutating func receive(_ quote: Quote, _ surroundings: inout Surroundings, _ updates: inout Outbox)
    /// `change` is a level, an order or a reset.
    mutating func receive(book change: MarketEvent, _ surroundings: inout Surroundings, _ updates: inout Outbox)
    mutating func receive(_ bar: FinishedBar, _ surroundings: inout Surroundings, _ updates: inout Outbox)
    mutating func receive(_ change: TapeChange, _ surroundings: inout Surroundings, _ updates: inout Outbox)
    mutating func receive(_ stop: StreamBreak, _ surroundings: inout Surroundings, _ updates: inout Outbox)
    mutating func open(_ session: Session, _ surroundings: inout Surroundings, _ updates: inout Outbox)
    mutating func close(_ session: Session, _ surroundings: inout Surroundings, _ updates: inout Outbox)
    /// An instant that somebody expected has come: called for all that have the interest, so check `time`, do what is
    /// due and expect again.
    mutating func wake(_ surroundings: inout Surroundings, _ updates: inout Outbox)
    /// Shows what still grows.
    mutating func show(_ surroundings: inout Surroundings, _ updates: inout Outbox)
    /// Takes new settings while running; only where `changesWhileRunning`.
    mutating func change(to settings: Settings)
    static var changesWhileRunning: Bool { get }

    /// Counted up whenever what `archive` writes is changed, or how what was written is gone on with.
    static var version: Int { get }
    /// Writes down, or takes back, all that the stream has made of it: each stored property that is not made by `init`
    /// from settings and place. There is no default: what is forgotten here is wrong after a restart.
    mutating func archive(_ archive: inout Archive)
}

extension Analytic where Self: ~Copyable {
    public static func bars(_ settings: Settings) -> [String] { [] }
    public static func makes(_ settings: Settings) -> [String] { [] }
    public static var changesWhileRunning: Bool { false }
    public mutating func receive(_ trade: borrowing Trade, _: inout Surroundings, _: inout Outbox) {}
    public mutating func receive(_ quote: Quote, _: inout Surroundings, _: inout Outbox) {}
    public mutating func receive(book change: MarketEvent, _: inout Surroundings, _: inout Outbox) {}
    public mutating func receive(_ bar: FinishedBar, _: inout Surroundings, _: inout Outbox) {}
    public mutating func receive(_ change: TapeChange, _: inout Surroundings, _: inout Outbox) {}
    public mutating func receive(_ stop: StreamBreak, _: inout Surroundings, _: inout Outbox) {}
    public mutating func open(_ session: Session, _: inout Surroundings, _: inout Outbox) {}
    public mutating func close(_ session: Session, _: inout Surroundings, _: inout Outbox) {}
    public mutating func wake(_: inout Surroundings, _: inout Outbox) {}
    public mutating func show(_: inout Surroundings, _: inout Outbox) {}
    public mutating func change(to settings: Settings) {}
}

/// What an analytic is made with beside its settings.
public struct AnalyticPlace: Sendable {
    public let instrument: Instrument
    /// Its topics, in the order in which it named them.
    public let channels: [Channel]
    /// The names of all finished bars that anybody makes, in the order of `FinishedBar.name`.
    public let bars: [String]

    public init(instrument: Instrument, channels: [Channel], bars: [String]) {
        self.instrument = instrument
        self.channels = channels
        self.bars = bars
    }

    /// The place of a bar's name; it must be one that the analytic asked for or makes.
    public func bar(_ name: String) -> Int {
        guard let place = bars.firstIndex(of: name) else {
            preconditionFailure("A bar must have been asked for before it is looked up: \(name).")
        }
        return place
    }

    public var tick: Int64 { instrument.tick.billionths }
}

/// One of a symbol's topics: where its updates go, and how many there have been.
public struct Channel: BitwiseCopyable, Sendable {
    public let slot: UInt16
    public let template: UInt16
    /// The number of the last update on the topic.
    public internal(set) var number: UInt64 = 0

    public init(slot: UInt16, template: UInt16) {
        self.slot = slot
        self.template = template
    }
}
