internal import Market

/// One symbol's book in a recording: its sequence, and the changes that wait for a snapshot.
struct BinanceBook {
    /// Levels that may wait for a snapshot, and changes; the oldest make room.
    static let heldLevelLimit = 1 << 18
    static let heldLimit = 8_192

    struct HeldChange {
        let change: BinanceBookSequence.Change
        let levels: [MarketEvent]
    }

    var sequence = BinanceBookSequence()
    /// Whether changes were seen, so that a stream of partial books must not disturb them.
    var hasChanges = false
    private(set) var held: [HeldChange] = []
    private var heldLevels = 0

    /// Keeps a change for the next snapshot and returns how many of the oldest had to go for it.
    mutating func hold(_ change: HeldChange) -> Int {
        held.append(change)
        heldLevels += change.levels.count
        guard held.count > Self.heldLimit || heldLevels > Self.heldLevelLimit else { return 0 }
        // Half at once, so that a recording without any snapshot does not move the rest at every row.
        let count = max(1, held.count / 2)
        heldLevels -= held[..<count].reduce(0) { $0 + $1.levels.count }
        held.removeFirst(count)
        return count
    }

    mutating func takeHeld() -> [HeldChange] {
        defer {
            held = []
            heldLevels = 0
        }
        return held
    }
}
