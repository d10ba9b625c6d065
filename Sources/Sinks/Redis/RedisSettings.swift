public import Graph
public import Redis

/// What a topology says of a relay to Redis.
public struct RedisSettings: NodeSettings {
    private static let patience: ClosedRange<Duration> = .zero ... .seconds(3_600)
    private static let silence: ClosedRange<Duration> = .milliseconds(10) ... .seconds(60)
    private static let standardURL = "redis://127.0.0.1:6379/0"

    /// Nil where the file has none that can be used, which is a fault of the file.
    public let address: RedisAddress?
    public let prefix: String
    public let channels: Bool
    public let keys: Bool
    /// Messages kept in each stream; nil for no streams.
    public let streams: Int?
    /// Commands sent in one run.
    public let depth: Int
    /// Bytes that wait for a server that is away.
    public let bufferLimit: Int
    /// Nil for the name of the topology's node.
    public let node: String?
    public let patience: Duration
    public let silence: Duration

    public init(reading reader: inout SettingsReader) {
        let url = reader.text(
            "url", default: RedisSettings.standardURL,
            meaning: "The server, redis://[[user]:password@]host[:port][/database]")
        prefix = reader.optionalText("prefix", meaning: "What stands before the topic in channels and streams") ?? ""
        channels = reader.flag("channels", default: true, meaning: "Whether every message is published")
        keys = reader.flag("keys", default: true, meaning: "Whether the newest values are kept in keys")
        streams = reader.optionalInteger(
            "streams", in: 1...10_000_000, meaning: "About how many messages a stream of each topic keeps; none without"
        )
        depth = reader.integer(
            "depth", default: 512, in: 1...65_536, meaning: "Commands sent in one run; two runs may be under way")
        bufferLimit = reader.integer(
            "bufferLimit", default: 64 << 20, in: 4_096...(1 << 32),
            meaning: "Bytes of list entries that wait; beyond it the oldest are dropped")
        node = reader.optionalText("node", meaning: "The name in heartbeat, metrics and errors; the node's own without")
        patience = reader.duration(
            "patience", default: .seconds(10), in: RedisSettings.patience,
            meaning: "How long to wait at the start for a server that is away or still loads")
        silence = reader.duration(
            "silence", default: .seconds(1), in: RedisSettings.silence,
            meaning: "A server that does not move for so long is taken as lost")
        do throws(RedisAddress.Fault) {
            address = try RedisAddress(url)
        } catch {
            address = nil
            reader.fault(at: "url", problem: error.description, remedy: "Write redis://[:password@]host:port/database")
        }
        if !channels, !keys, streams == nil {
            reader.fault(
                at: "keys", problem: "nothing is asked for", remedy: "Leave channels, keys or streams switched on")
        }
    }
}
