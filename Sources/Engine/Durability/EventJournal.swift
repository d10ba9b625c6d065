internal import Journal
internal import Market
internal import Memory
internal import Rings

/// The router's own end of a source's journal: takes events as they are staged, and writes them before anybody sees
/// them.
struct EventJournal: ~Copyable {
    private var writer: JournalWriter
    private var buffer = ByteBuffer(capacity: RouterLimits.batch * MemoryLayout<MarketEvent>.size)
    private var count = 0
    private var earliest = Timestamp.distantFuture
    private var latest = Timestamp(nanoseconds: 0)
    private var defined = 0
    private var trimmed = 0
    let progress: JournalProgress

    init(_ writer: consuming JournalWriter, progress: JournalProgress) {
        self.writer = writer
        self.progress = progress
        note()
    }

    mutating func take(_ event: borrowing MarketEvent) {
        buffer.append(copy event)
        count += 1
        // A control has no time of its own.
        guard event.venueTime.nanoseconds != 0 else { return }
        earliest = min(earliest, event.venueTime)
        latest = max(latest, event.venueTime)
    }

    /// Says what the indices in records mean, before the first record that uses them.
    mutating func define(_ definition: JournalDefinition) throws(JournalError) {
        try write()
        try writer.define(definition)
    }

    /// Writes what was taken, as one batch. Where this throws nothing of it is in the journal.
    mutating func write() throws(JournalError) {
        if count > 0 {
            let (first, last) = (min(earliest, latest), latest)
            let records = count
            try buffer.withBytes { (bytes) throws(JournalError) in
                try writer.append(bytes, count: records, earliest: first, latest: last)
            }
            buffer.removeAll()
            count = 0
            earliest = .distantFuture
            latest = Timestamp(nanoseconds: 0)
        }
        try writer.syncIfDue(now: Seat.monotonic)
        let spare = progress.spare.value
        if spare > trimmed {
            trimmed = spare
            try writer.trim(before: UInt64(spare))
        }
        note()
    }

    mutating func sync() throws(JournalError) {
        try write()
        if writer.settings.sync != .never { try writer.sync() }
        note()
    }

    private func note() {
        let isSynced = writer.isSynced || writer.settings.sync == .never
        progress.note(head: writer.head, isSynced: isSynced, byteCount: writer.byteCount)
    }
}
