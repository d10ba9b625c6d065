import Analytics
import Graph
import Market
import Memory
import Updates

/// An analytic that publishes one update for each thing that it is told.
struct Listener: Analytic {
    struct Settings: NodeSettings {
        var note: Int64 = 0
        init() {}
        init(reading reader: inout SettingsReader) {
            note = Int64(reader.integer("note", default: 0, in: 0...100, meaning: "A number that it tells"))
        }
    }

    enum Told: Int64 {
        case trade = 1
        case quote, book, bar, change, gap, halt, resume, open, close, wake, show, end
    }

    static let name = "listener"
    static let meaning = "Everything that an analytic is told"
    static let example = "{}"
    static let interests: Interests = [
        .trades, .quotes, .book, .bars, .instants, .changes, .sessions, .live, .breaks, .profile,
    ]
    static let layouts = [ListenerUpdate.layout]
    static let changesWhileRunning = true
    static func topics(_ settings: Settings) -> [TopicEntry] {
        [TopicEntry(prefix: "listener/", layout: ListenerUpdate.layout)]
    }
    static func bars(_ settings: Settings) -> [String] { ["1m"] }

    private var channel: Channel
    private var settings: Settings

    init(_ settings: Settings, at place: AnalyticPlace) {
        channel = place.channels[0]
        self.settings = settings
    }

    private mutating func tell(
        _ told: Told, _ value: Int64, _ surroundings: borrowing Surroundings, _ updates: inout Outbox
    ) {
        let window = Window(from: surroundings.time, to: surroundings.time)
        let head = surroundings.head(
            on: &channel, over: window, as: .final, quality: surroundings.quality(over: window, inferredShare: .nan))
        let body = ListenerUpdate(
            told: told.rawValue, value: value, note: settings.note,
            priorControl: surroundings.board.priorArea?.control ?? 0, volume: surroundings.board.sums.volume)
        surroundings.publish(body, head, on: channel, &updates)
    }

    mutating func receive(_ trade: borrowing Trade, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        tell(.trade, trade.flow, surroundings, &updates)
        // Half a minute after each trade whose size is 7.
        if trade.quantity == 7 { surroundings.expect(trade.time + 30 * Timestamp.second) }
    }
    mutating func receive(_ quote: Quote, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        tell(.quote, quote.bidSize, surroundings, &updates)
    }
    mutating func receive(book change: MarketEvent, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        tell(.book, change.quantity.steps, surroundings, &updates)
    }
    mutating func receive(_ bar: FinishedBar, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        tell(.bar, bar.bar.volume, surroundings, &updates)
    }
    mutating func receive(_ change: TapeChange, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        tell(.change, change.isRemoval ? -change.trade.quantity : change.trade.quantity, surroundings, &updates)
    }
    mutating func receive(_ stop: StreamBreak, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        tell(stop == .gap ? .gap : stop == .halt ? .halt : .resume, 0, surroundings, &updates)
    }
    mutating func open(_ session: Session, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        tell(.open, Int64(session.date), surroundings, &updates)
    }
    mutating func close(_ session: Session, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        tell(.close, Int64(session.date), surroundings, &updates)
    }
    mutating func wake(_ surroundings: inout Surroundings, _ updates: inout Outbox) {
        tell(.wake, 0, surroundings, &updates)
    }
    mutating func show(_ surroundings: inout Surroundings, _ updates: inout Outbox) {
        tell(surroundings.isEnding ? .end : .show, 0, surroundings, &updates)
    }
    mutating func change(to settings: Settings) { self.settings = settings }

    static let version = 1
    mutating func archive(_ archive: inout Archive) { archive.channel(&channel) }
}

struct ListenerUpdate: UpdateBody {
    var told: Int64
    var value: Int64
    var note: Int64
    var priorControl: Int64
    var volume: Int64

    static let layout = UpdateLayout(
        template: 901, kind: "listener", size: MemoryLayout<Self>.size,
        fields: [
            UpdateField("told", .count, \Self.told, "What it was told."),
            UpdateField("value", .count, \Self.value, "A number of it."),
            UpdateField("note", .count, \Self.note, "The setting."),
            UpdateField("priorControl", .price, \Self.priorControl, "The prior session's point of control."),
            UpdateField("volume", .quantity, \Self.volume, "The session's volume as the board has it."),
        ],
        meaning: "What an analytic was told.")
}
