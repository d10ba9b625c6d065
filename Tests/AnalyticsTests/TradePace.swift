import Analytics
import Graph
import Market
import Memory
import Updates

/// The complete example of docs/extending.md: trades per second over a bar, and its change from the bar before.
struct TradePace: Analytic {
    struct Settings: NodeSettings {
        var width = Duration.seconds(60)

        init() {}
        init(reading reader: inout SettingsReader) {
            width = reader.duration(
                "width", default: width, in: .seconds(1) ... .seconds(86_400), meaning: "The bar that is measured")
        }
    }

    static let name = "pace"
    static let meaning = "Trades per second of each bar, and how much faster than the bar before"
    static let example = #"{ "width": "1m" }"#
    static let interests: Interests = [.bars]
    static let layouts = [PaceUpdate.layout]

    static func topics(_ settings: Settings) -> [TopicEntry] {
        [TopicEntry(prefix: "pace/\(DurationText.text(settings.width))/", layout: PaceUpdate.layout)]
    }

    static func bars(_ settings: Settings) -> [String] { [DurationText.text(settings.width)] }

    private var channel: Channel
    private var last = Double.nan

    init(_ settings: Settings, at place: AnalyticPlace) { channel = place.channels[0] }

    mutating func receive(_ bar: FinishedBar, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        let seconds = Double(bar.bar.end - bar.bar.start) / Double(Timestamp.second)
        let pace = Double(bar.bar.count) / seconds
        let window = Window(from: bar.bar.start.nanoseconds, to: bar.bar.end.nanoseconds)
        let head = surroundings.head(on: &channel, over: window, as: .final, quality: bar.quality)
        surroundings.publish(PaceUpdate(pace: pace, change: pace - last), head, on: channel, &updates)
        last = pace
    }

    static let version = 1

    mutating func archive(_ archive: inout Archive) {
        archive.channel(&channel)
        archive.value(&last)
    }
}

struct PaceUpdate: UpdateBody {
    var pace: Double
    var change: Double

    static let layout = UpdateLayout(
        template: 900, kind: "pace", size: MemoryLayout<Self>.size,
        fields: [
            UpdateField("pace", .real, \Self.pace, "Trades per second."),
            UpdateField("change", .real, \Self.change, "Pace less that of the bar before; null for the first."),
        ],
        meaning: "How fast trades come, bar by bar.")
}
