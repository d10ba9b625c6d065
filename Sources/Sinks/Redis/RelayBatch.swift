internal import Memory
internal import Redis

/// One run of commands and what it carries, so that its loss can be counted and its values written again.
struct RelayBatch: ~Copyable {
    private(set) var commands = RedisCommands()
    /// Messages for channels and streams.
    private(set) var messages = 0
    /// Entries of lists.
    private(set) var entries = 0
    /// Values of keys, by their place on the board.
    private(set) var places: [Int] = []

    private static let set = Array("SET".utf8)
    private static let life = Array("PX".utf8)
    private static let publish = Array("PUBLISH".utf8)

    mutating func publish(_ message: RawSpan, on channel: [UInt8]) {
        commands.begin(3)
        commands.add(RelayBatch.publish)
        commands.add(channel)
        commands.add(message)
        messages += 1
    }

    /// Adds to a stream that keeps about `limit` messages.
    mutating func add(_ message: RawSpan, to stream: [UInt8], limit: Int) {
        commands.begin(8)
        for word in ["XADD"] { commands.add(word) }
        commands.add(stream)
        for word in ["MAXLEN", "~", "\(limit)", "*", "message"] { commands.add(word) }
        commands.add(message)
        messages += 1
    }

    mutating func set(_ key: [UInt8], to value: [UInt8], life: Int, place: Int?) {
        commands.begin(5)
        commands.add(RelayBatch.set)
        commands.add(key)
        commands.add(value)
        commands.add(RelayBatch.life)
        commands.add(life)
        if let place { places.append(place) }
    }

    /// Puts entries before those of a list, the last one foremost, and cuts it.
    mutating func push(_ new: [[UInt8]], to list: [UInt8], limit: Int, life: Int) {
        guard !new.isEmpty else { return }
        commands.begin(new.count + 2)
        commands.add("LPUSH")
        commands.add(list)
        for entry in new { commands.add(entry) }
        commands.begin(4)
        commands.add("LTRIM")
        commands.add(list)
        commands.add(0)
        commands.add(limit - 1)
        commands.begin(3)
        commands.add("PEXPIRE")
        commands.add(list)
        commands.add(life)
        entries += new.count
    }

    mutating func removeAll() {
        commands.removeAll()
        (messages, entries) = (0, 0)
        places.removeAll(keepingCapacity: true)
    }
}
