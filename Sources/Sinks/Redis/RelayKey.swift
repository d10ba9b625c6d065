internal import Graph
internal import Wire

/// A key that the relay keeps for each symbol: what it holds, from which topics, and for how long.
public struct RelayKey: Sendable {
    /// What the key holds.
    public enum Form: Sendable, Equatable {
        /// The newest message of the topic, as it goes over the channel.
        case message
        /// A list of the topic's final messages, the newest first, no longer than so many.
        case messages(limit: Int)
        /// The value of one field.
        case field(String)
        /// An object of fields, each with the newest value that any of the topics gave it.
        case fields([String])
        /// When the symbol's newest message was published, in whole milliseconds since 1970.
        case time
    }

    /// The key's last part.
    public let name: String
    public let form: Form
    /// The topics without their symbol, `candle/5s/`; empty for all of a symbol.
    public let sources: [String]
    /// Counted from the last write.
    public let timeToLive: Duration
    public let meaning: String

    init(_ name: String, _ form: Form, from sources: [String], living timeToLive: Duration, _ meaning: String) {
        self.name = name
        self.form = form
        self.sources = sources
        self.timeToLive = timeToLive
        self.meaning = meaning
    }

    /// Every key of a symbol. One whose topics do not come is not written.
    public static let all: [RelayKey] = [
        RelayKey("book", .message, from: ["ladder/"], living: .seconds(1), "The best levels of both sides, best first"),
        RelayKey("trades", .messages(limit: 1_000), from: ["trade/"], living: .seconds(1), "The last 1000 trades"),
        RelayKey("last", .message, from: ["trade/"], living: .seconds(86_400), "The last trade"),
        RelayKey(
            "bars", .messages(limit: 100), from: ["candle/5s/"], living: .seconds(10),
            "The last 100 five-second bars; of two with the same `start` the one with the higher `revision` counts"),
        RelayKey(
            "ticker", .fields(["bid", "ask", "volume", "vwap"]), from: ["quote/", "liquidity/", "vwap/"],
            living: .seconds(10), "Best bid and ask, the session's volume and its mean price; null while unknown"),
        RelayKey("spread", .field("spread"), from: ["liquidity/"], living: .seconds(10), "Ask less bid"),
        RelayKey(
            "imbalance", .field("rho"), from: ["liquidity/"], living: .seconds(10),
            "Bid's size less ask's by their sum, −1 to 1"),
        RelayKey("sweep", .message, from: ["sweep/"], living: .seconds(60), "The last sweep"),
        RelayKey(
            "unusual_volume", .message, from: ["unusual/"], living: .seconds(120),
            "The last minute's volume against what is usual"),
        RelayKey(
            "timestamp", .time, from: [], living: .seconds(86_400), "When the symbol's newest message was published"),
    ]

    /// The key of a symbol. Its name is written as in topics, so it holds no colon: no two symbols share a key.
    public func key(of symbol: String) -> String { "market:\(PercentEncoding.encode(symbol)):\(name)" }

    /// Whether a topic, named without its symbol, feeds the key.
    func takes(_ prefix: String) -> Bool { sources.isEmpty || sources.contains(prefix) }

    /// The keys that some of these topics feed, and the others.
    public static func fed(by topics: [String]) -> (fed: [RelayKey], unfed: [RelayKey]) {
        let fed = all.filter { key in topics.contains { key.takes($0) } }
        return (fed, all.filter { key in !fed.contains { $0.name == key.name } })
    }

    var livesMilliseconds: Int { Int(DurationText.nanoseconds(timeToLive) / 1_000_000) }
}

/// The keys that tell of the relay itself.
public struct RelayNodeKeys: Sendable {
    public static let errorLimit = 100
    static let heartbeatLife = 5_000
    static let metricsLife = 10_000
    static let errorsLife = 86_400_000

    public let heartbeat: String
    public let metrics: String
    public let errors: String

    public init(node: String) {
        let name = PercentEncoding.encode(node)
        heartbeat = "module:heartbeat:\(name)"
        metrics = "monitoring:\(name):metrics"
        errors = "monitoring:\(name):errors"
    }
}

/// The table of docs/redis.md, written from the list above, so that it cannot say what the program does not do.
public enum RelayDocument {
    public static var table: String {
        var text = "| key | holds | from | to live | what it is |\n|---|---|---|---|---|\n"
        for key in RelayKey.all {
            let sources = key.sources.isEmpty ? "every topic" : key.sources.map { "`\($0)`" }.joined(separator: ", ")
            text += "| `market:{symbol}:\(key.name)` | \(holds(key.form)) | \(sources) "
            text += "| \(DurationText.text(key.timeToLive)) | \(key.meaning). |\n"
        }
        return text
    }

    private static func holds(_ form: RelayKey.Form) -> String {
        switch form {
        case .message: "the newest message"
        case .messages(let limit): "a list of messages, newest first, at most \(limit)"
        case .field(let name): "the number `\(name)`"
        case .fields(let names): "an object: " + names.map { "`\($0)`" }.joined(separator: ", ")
        case .time: "milliseconds since 1970"
        }
    }
}
