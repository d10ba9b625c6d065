internal import Memory

/// The newest value of every key, and which of them the server does not have yet. Pure: it writes commands, and is told
/// what became of them.
struct RelayBoard {
    /// Keys held at most.
    static let keyLimit = 1 << 20
    /// Bytes counted for an entry beside its own: what the list of them takes.
    private static let entryCost = 48

    /// One key.
    private struct Slot {
        let plan: RelayKey
        let key: [UInt8]
        /// The value, or the members of an object; empty before the first.
        var parts: [[UInt8]]
        /// New entries of a list, the oldest first.
        var entries: [[UInt8]] = []
        var isDirty = false
    }

    private let bufferLimit: Int
    private var slots: [Slot] = []
    private var places: [String: Int] = [:]
    private var dirty: [Int] = []
    /// Bytes of all list entries that wait.
    private(set) var waitingBytes = 0
    /// List entries that found no room.
    private(set) var droppedEntries = 0

    init(bufferLimit: Int) { self.bufferLimit = bufferLimit }

    var hasNews: Bool { !dirty.isEmpty }

    /// The place of a symbol's key; nil where there are too many.
    mutating func place(of plan: RelayKey, symbol: String) -> Int? {
        let key = plan.key(of: symbol)
        if let place = places[key] { return place }
        guard slots.count < RelayBoard.keyLimit else { return nil }
        let parts: Int
        switch plan.form {
        case .fields(let names): parts = names.count
        case .message, .messages, .field, .time: parts = 1
        }
        slots.append(Slot(plan: plan, key: Array(key.utf8), parts: Array(repeating: [], count: parts)))
        places[key] = slots.count - 1
        return slots.count - 1
    }

    /// Puts a new value, or member, in the place of the last.
    mutating func set(_ value: [UInt8], part: Int = 0, at place: Int) {
        slots[place].parts[part] = value
        mark(place)
    }

    /// Adds an entry to a list. Entries beyond the list's limit are superseded; those beyond the buffer's are dropped.
    mutating func append(_ entry: [UInt8], limit: Int, at place: Int) {
        if slots[place].entries.count == limit { removeOldest(at: place) }
        let cost = entry.count + RelayBoard.entryCost
        while waitingBytes + cost > bufferLimit, !slots[place].entries.isEmpty {
            removeOldest(at: place)
            droppedEntries += 1
        }
        guard waitingBytes + cost <= bufferLimit else {
            droppedEntries += 1
            return
        }
        waitingBytes += cost
        slots[place].entries.append(entry)
        mark(place)
    }

    /// Takes the next key that the server does not have yet and gives its commands to `body`; nil where there is none.
    mutating func writeNext(into commands: inout RelayBatch) -> Bool {
        guard let place = dirty.popLast() else { return false }
        slots[place].isDirty = false
        switch slots[place].plan.form {
        case .messages(let limit):
            commands.push(
                slots[place].entries, to: slots[place].key, limit: limit, life: slots[place].plan.livesMilliseconds)
            waitingBytes -= slots[place].entries.reduce(0) { $0 + $1.count + RelayBoard.entryCost }
            slots[place].entries.removeAll(keepingCapacity: true)
        case .fields(let names):
            let value = RelayBoard.object(names, slots[place].parts)
            commands.set(slots[place].key, to: value, life: slots[place].plan.livesMilliseconds, place: place)
        case .message, .field, .time:
            commands.set(
                slots[place].key, to: slots[place].parts[0], life: slots[place].plan.livesMilliseconds, place: place)
        }
        return true
    }

    /// The server may not have these values: they are written again, as they are by then.
    mutating func markLost(_ places: [Int]) { for place in places { mark(place) } }

    private mutating func mark(_ place: Int) {
        guard !slots[place].isDirty else { return }
        slots[place].isDirty = true
        dirty.append(place)
    }

    private mutating func removeOldest(at place: Int) {
        waitingBytes -= slots[place].entries.removeFirst().count + RelayBoard.entryCost
    }

    private static func object(_ names: [String], _ values: [[UInt8]]) -> [UInt8] {
        var text = [UInt8(ascii: "{")]
        for (name, value) in zip(names, values) {
            if text.count > 1 { text.append(UInt8(ascii: ",")) }
            text += Array("\"\(name)\":".utf8)
            text += value.isEmpty ? Array("null".utf8) : value
        }
        return text + [UInt8(ascii: "}")]
    }
}
