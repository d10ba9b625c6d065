internal import Journal
internal import Rings

/// Whose events are kept, and for whom.
struct SourceKeepingPlan {
    let source: String
    /// The symbols node that takes them, as its folder is called.
    let flow: String
    /// Events that can be under way between journal and states: before each lane, and before the router.
    let flight: Int

    init(_ source: String, _ overflow: RouterOverflow, for flow: RunningFlow) {
        self.source = source
        self.flow = flow.part.partName
        flight = RouterLimits.flight(overflow) * (flow.lanes.count + 1)
    }
}

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
    /// The same from the moment on in which symbols are named.
    private let named = Guarded<UInt64?>(nil)
    /// The position behind which this run has played or read it.
    private let begin = Tally()
    private let symbols = Guarded<[SymbolActor]>([])
    /// Events that can be under way between journal and states.
    private let flight: Int
    private let trail: Guarded<FlightTrail>
    private let rounds = Guarded<UInt64>(0)

    /// Of a journal in another process: asks there whether it has its first record. Nil for one of this process.
    private let distant: (@Sendable () -> Bool)?

    init(_ data: DataFolder, _ plan: SourceKeepingPlan, world: World, distant: (@Sendable () -> Bool)? = nil) {
        self.distant = distant
        name = plan.source
        flight = plan.flight
        trail = Guarded(FlightTrail(flight: plan.flight))
        folder = data.events(of: plan.source)
        settings = data.journal
        snapshots = SnapshotFolder(data.snapshots(of: plan.flow))
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
        if let distant { return distant() }
        guard let reader = try? JournalReader(opening: folder) else { return true }
        return reader.oldest <= 1
    }

    /// Notes where the reading of another process's journal begins.
    func beginFollowing(_ journal: UInt64, behind position: UInt64) {
        trail.withLock { $0.begin(at: position) }
        noteFollowed(position, events: 0)
        noteOpen(journal)
    }

    /// What of another process's journal has been handed over.
    func noteFollowed(_ position: UInt64, events: Int) {
        trail.withLock { $0.note(position, events: events) }
        progress.note(head: position, isSynced: false, byteCount: 0)
    }

    /// How far another process's journal is on its device.
    func noteSynced(_ position: UInt64) {
        let known = min(Int(clamping: position), progress.head.value)
        progress.synced.add(max(0, known - progress.synced.value))
    }

    /// The position of the journal up to which every event has reached its state.
    var settled: UInt64 {
        guard distant != nil else { return UInt64(max(0, progress.head.value - flight)) }
        return trail.withLock { $0.settled }
    }

    /// The id of the journal that numbers the events of states, as soon as there are any.
    var identity: UInt64? { named.withLock { $0 } }
    func identify(_ journal: UInt64) { named.withLock { $0 = journal } }

    /// Bytes of the journal; of another process's those that this one holds it to, an event and its batch's head each.
    var byteCount: Int {
        guard distant != nil else { return progress.byteCount.value }
        return max(0, progress.head.value - max(begin.value, progress.spare.value)) * 128
    }

    func noteBegin(_ position: UInt64) { begin.add(Int(clamping: position) - begin.value) }

    func noteOpen(_ journal: UInt64) { id.withLock { $0 = journal } }
    func enlist(_ actor: SymbolActor) { symbols.withLock { $0.append(actor) } }
}
