internal import Journal
internal import Market
internal import Rings

/// Finds the snapshots that belong to a source's journal as it is now.
struct SnapshotChoice: Sendable {
    let folder: SnapshotFolder
    /// The journal with its head, and the last event's number in it.
    let journal: JournalPlace
    let sequence: UInt64
    let tell: @Sendable (String) -> Void

    /// The newest whole snapshot of a symbol that the journal reaches; what is damaged is told.
    func newest(of symbol: Symbol) -> Snapshot? {
        do {
            let found = try folder.newest(of: symbol.name) { snapshot in
                snapshot.place.journal == journal.journal && snapshot.place.position <= journal.position
                    && snapshot.sequence <= sequence
            }
            for damage in found.damaged { tell("\(damage); an older one or the journal stands in for it") }
            return found.snapshot
        } catch {
            tell("\(error); the journal stands in for it")
            return nil
        }
    }
}
