public import Rings

/// How far a journal has come, for whoever is not its writer.
public final class JournalProgress: Sendable {
    /// Records that were there when this run opened it, and records written; as tallies, raised by the one writer.
    public let beginning = Tally()
    public let head = Tally()
    /// Records brought to the device, or all of them where nobody waits for it.
    public let synced = Tally()
    /// Raised when the writer has opened it, and when it will write no more in this run though nobody stopped it.
    public let opening = Signal()
    public let ending = Signal()
    /// Nothing up to here is needed any more.
    let spare = Tally()
    let byteCount = Tally()
    private let bell = Guarded<Bell?>(nil)

    public init() {}

    /// From now on a bell is rung when there is more to read, and when nothing more will come.
    public func ring(_ bell: Bell) { self.bell.withLock { $0 = bell } }

    /// Nothing more will be written, though nobody has stopped the run.
    public func end() {
        ending.raise()
        bell.withLock { $0 }?.ring()
    }

    func note(head: UInt64, isSynced: Bool, byteCount: Int) {
        let more = Int(head) - self.head.value
        if !opening.isRaised { beginning.add(Int(head)) }
        self.head.add(more)
        if isSynced { synced.add(Int(head) - synced.value) }
        self.byteCount.add(byteCount - self.byteCount.value)
        guard more != 0 || !opening.isRaised else { return }
        if !opening.isRaised { opening.raise() }
        bell.withLock { $0 }?.ring()
    }
}
