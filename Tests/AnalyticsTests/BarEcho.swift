import Analytics
import Graph
import Market
import Memory
import Updates

/// Publishes each bar that it is told of, and the end of each session: what later analytics see of bars.
struct BarEcho: Analytic {
    struct Settings: NodeSettings {
        var bar = "tick/100"

        init(_ bar: String) { self.bar = bar }
        init(reading reader: inout SettingsReader) {
            bar = reader.text("bar", default: bar, meaning: "The bar that is repeated")
        }
    }

    static let name = "echo"
    static let meaning = "Repeats a bar"
    static let example = #"{ "bar": "tick/100" }"#
    static let interests: Interests = [.bars, .sessions]
    static let layouts = [EchoUpdate.layout]

    static func topics(_ settings: Settings) -> [TopicEntry] {
        [TopicEntry(prefix: "echo/\(settings.bar)/", layout: EchoUpdate.layout)]
    }

    static func bars(_ settings: Settings) -> [String] { [settings.bar] }

    private var channel: Channel

    init(_ settings: Settings, at place: AnalyticPlace) { channel = place.channels[0] }

    mutating func receive(_ bar: FinishedBar, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        let window = Window(from: bar.bar.start.nanoseconds, to: bar.bar.end.nanoseconds)
        let head = surroundings.head(on: &channel, over: window, as: .final, quality: bar.quality)
        let body = EchoUpdate(
            volume: bar.bar.volume, close: bar.bar.close, cumulative: bar.cumulative, number: Int64(bar.number))
        surroundings.publish(body, head, on: channel, &updates)
    }

    mutating func close(_ session: Session, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        let window = Window(from: session.open.nanoseconds, to: session.close.nanoseconds)
        let head = surroundings.head(on: &channel, over: window, as: .final, quality: .whole)
        let body = EchoUpdate(volume: 0, close: 0, cumulative: 0, number: 0)
        surroundings.publish(body, head, on: channel, &updates)
    }

    static let version = 1
    mutating func archive(_ archive: inout Archive) { archive.channel(&channel) }
}

struct EchoUpdate: UpdateBody {
    var volume: Int64
    var close: Int64
    var cumulative: Int64
    /// 0 for the end of a session.
    var number: Int64

    static let layout = UpdateLayout(
        template: 901, kind: "echo", size: MemoryLayout<Self>.size,
        fields: [
            UpdateField("volume", .quantity, \Self.volume, "Volume of the bar."),
            UpdateField("close", .price, \Self.close, "Its close."),
            UpdateField("cvd", .quantity, \Self.cumulative, "Its cumulative delta."),
            UpdateField("number", .count, \Self.number, "Number of its update."),
        ],
        meaning: "A bar once more.")
}
