internal import Wire

/// What became of everything that a relay was given.
///
/// Every message offered is published, dropped or under way; every list entry is written, superseded, dropped or waits.
public struct RelayCounts: Equatable, Sendable {
    /// Updates received.
    public var updates = 0
    /// Updates that were not as long as their layout says.
    public var malformed = 0
    /// Updates on topics, or of symbols, beyond the limit.
    public var beyondLimit = 0
    /// Messages for channels and streams.
    public var offered = 0
    /// Those that the server has answered.
    public var published = 0
    /// Those that found the server away, or were under way when it went.
    public var dropped = 0
    /// List entries that found no room, or were under way when the server went.
    public var droppedEntries = 0
    /// Values of keys that were written, each once for a whole run of updates.
    public var values = 0
    /// Commands that the server has answered, and those that it refused.
    public var commands = 0
    public var refused = 0
    public var bytes = 0
    /// How often the connection was lost and made again.
    public var losses = 0
    public var reconnects = 0
    /// The place of the last update among all that this relay was given.
    public var position: UInt64 = 0

    public init() {}

    public var json: String {
        var object = JSONObjectText()
        for (name, count) in named { object.add(name, count) }
        return object.text
    }

    private var named: [(String, Int)] {
        [
            ("position", Int(clamping: position)), ("updates", updates), ("malformed", malformed),
            ("beyondLimit", beyondLimit), ("offered", offered), ("published", published), ("dropped", dropped),
            ("droppedEntries", droppedEntries), ("values", values), ("commands", commands), ("refused", refused),
            ("bytes", bytes), ("losses", losses), ("reconnects", reconnects),
        ]
    }
}
