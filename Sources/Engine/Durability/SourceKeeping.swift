internal import Journal
internal import Rings

/// What a source's events outlive a run by: its journal, and the snapshots of its symbols.
final class SourceKeeping: Sendable {
    /// The source's name, and its journal's folder.
    let name: String
    let folder: String
    let settings: JournalSettings
    let snapshots: SnapshotFolder
    let progress = JournalProgress()
    /// Records of the journal that are played again at the start, and those that have been.
    let toPlay = Tally()
    let played = Tally()
    let newId: @Sendable () -> UInt64
    let tell: @Sendable (String) -> Void
    /// The journal's id, once it is open.
    private let id = Guarded<UInt64?>(nil)
    private let symbols = Guarded<[SymbolActor]>([])
    private let rounds = Guarded<UInt64>(0)

    init(_ data: DataFolder, source: String, flow: String, world: World) {
        name = source
        folder = data.events(of: source)
        settings = data.journal
        snapshots = SnapshotFolder(data.snapshots(of: flow))
        newId = world.chance
        tell = world.tell
    }

    var journal: UInt64? { id.withLock { $0 } }
    var actors: [SymbolActor] { symbols.withLock { $0 } }

    /// Notes the position of a round of snapshots; returns that of the round before, which is kept too.
    func lastRound(_ position: UInt64) -> UInt64 {
        rounds.withLock { last in
            defer { last = position }
            return last
        }
    }

    /// Whether the journal still has its first record, or none yet.
    var holdsEverything: Bool {
        guard let reader = try? JournalReader(opening: folder) else { return true }
        return reader.oldest <= 1
    }

    func noteOpen(_ journal: UInt64) { id.withLock { $0 = journal } }
    func enlist(_ actor: SymbolActor) { symbols.withLock { $0.append(actor) } }
}
