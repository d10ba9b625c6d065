internal import Analytics
internal import Graph
internal import Memory
internal import Rings
internal import Updates

/// The last analytic of each symbol in the benchmark of stages: it publishes nothing and notes when it is told of a
/// trade, which is when all updates that follow from the trade lie in the lane's outbox.
///
/// So the program's way stays as it is: no update, link or thread is added, and what a trade costs its lane more is one
/// look at the clock and one entry into memory that was taken before.
struct DecisionClock: Analytic {
    struct Settings: NodeSettings {
        let moments: Moments
        init(_ moments: Moments) { self.moments = moments }
        /// No file names it.
        init(reading _: inout SettingsReader) { moments = Moments(limit: 0) }
    }

    static let name = "decisionClock"
    static let meaning = "Notes when all updates of a trade are made"
    static let example = "{}"
    static let interests: Interests = .trades
    static let layouts: [UpdateLayout] = []
    static let version = 1

    private let moments: Moments

    init(_ settings: Settings, at _: AnalyticPlace) { moments = settings.moments }

    static func topics(_: Settings) -> [TopicEntry] { [] }

    /// The load's trades carry the time when they were due as the venue's.
    mutating func receive(_ trade: borrowing Trade, _: inout Surroundings, _: inout Outbox) {
        moments.add(due: trade.time, done: Seat.monotonic)
    }

    mutating func archive(_: inout Archive) {}
}
