internal import Journal
internal import Market
internal import Memory
internal import Rings
internal import Updates

/// What a symbols node outlives a run by: the journal of its updates, and its sources' journals with the snapshots.
final class FlowKeeping: Sendable {
    let data: DataFolder
    let folder: String
    /// How far the journal of updates has come, and how many updates it has taken, those left out too.
    let progress = JournalProgress()
    let taken = Tally()
    /// To the sinks that get what was just written.
    let links = Shelf<LinkWriter>(capacity: RunningLane.linkLimit)
    private let flow: String
    private let identity = Guarded<UInt64?>(nil)
    private let owned = Guarded<[SourceKeeping]>([])
    private let rounds = Guarded<Int>(0)
    private let stores = Guarded<[JournalFollower]>([])

    init(data: DataFolder, flow: String) {
        self.data = data
        self.flow = flow
        folder = data.updates(of: flow)
    }

    /// The id of the journal of updates, once it is open.
    var journal: UInt64? { identity.withLock { $0 } }

    var sources: [SourceKeeping] { owned.withLock { $0 } }

    func add(_ source: SourceKeeping) { owned.withLock { $0.append(source) } }
    func add(_ follower: JournalFollower) { stores.withLock { $0.append(follower) } }

    /// Notes how far the updates were at a round of snapshots; returns how far they were at the round before.
    func lastRound(_ published: Int) -> Int {
        rounds.withLock { last in
            defer { last = published }
            return last
        }
    }

    /// Opens the journal of updates.
    func open(
        _ topics: TopicTable, newId: @escaping @Sendable () -> UInt64, tell: (String) -> Void
    ) throws -> UpdateJournal {
        let plan = UpdateJournalPlan(
            node: flow, topics: topics, folder: folder, settings: data.journal, limitBytes: data.limitBytes,
            progress: progress, taken: taken, newId: newId)
        let journal = try UpdateJournal(plan, links: links, followers: stores.withLock { $0 }, tell: tell)
        let id = journal.id
        identity.withLock { $0 = id }
        return journal
    }

    /// Lets snapshots go that were made under other settings, where the sources' journals hold everything from the
    /// beginning: then all analytics are made again from them, and none begins in the middle.
    func checkSettings(_ settings: FlowSettings, tell: (String) -> Void) throws {
        let mark = String(SettingsMark.of(settings), radix: 16)
        let file = "\(data.snapshots(of: flow))/settings"
        let known = StoredFolder.exists(file) ? String(decoding: try WholeFile.read(file), as: UTF8.self) : nil
        guard known != mark else { return }
        try StoredFolder.make(data.snapshots(of: flow))
        if known != nil {
            let isWhole = sources.allSatisfy { source in
                source.holdsEverything
            }
            if isWhole { try SnapshotFolder(data.snapshots(of: flow)).clear() }
            tell(
                isWhole
                    ? "\(flow): settings have changed; everything is made again from the journal"
                    : "\(flow): settings have changed, and the journal's beginning is gone; what is new begins now")
        }
        try WholeFile.write(Array(mark.utf8), named: "settings", in: data.snapshots(of: flow))
    }
}
