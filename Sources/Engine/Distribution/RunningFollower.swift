internal import Journal
internal import Rings

/// A source of another process at work: its journal feeds a symbols node here.
final class RunningFollower: Sendable {
    /// One wait until everybody else has ended.
    private static let rest: Int64 = 1_000_000
    /// How long the source's process is waited for when a symbol is to be named that broke.
    private static let patience: Int64 = 10_000_000_000

    let name: String
    let counts = RouterCounts()
    private let part: FollowedPart
    private let network: any JournalNetwork
    private let plan: RouterPlan
    private let keeping: SourceKeeping
    private let following = Opening()
    private let leaving = Signal()

    init(_ part: FollowedPart, flow: RunningFlow, data: DataFolder, network: any JournalNetwork, world: World) {
        name = part.name
        self.part = part
        self.network = network
        let journal = part.journal
        keeping = SourceKeeping(data, SourceKeepingPlan(part.name, .wait, for: flow), world: world) {
            Self.holdsEverything(journal, network, world)
        }
        plan = flow.addSource(
            symbols: part.symbols, overflow: .wait, stopping: world.stopping, counts: counts, keptBy: keeping)
        flow.keeping?.add(keeping)
    }

    /// Whether a journal elsewhere still has its first record; asked where settings have changed, and waited for.
    private static func holdsEverything(
        _ part: DistantJournal, _ network: any JournalNetwork, _ world: World
    ) -> Bool {
        guard let journal = try? network.open(part) else { return false }
        while !journal.isOpen {
            guard !world.stopping.isRaised, (try? journal.wait(atMost: FollowLimits.wait)) != nil else { return false }
        }
        return journal.oldest <= 1
    }

    /// Reads until the source has ended or the run is to end; then waits until it may tell the other side so.
    func work(_ world: World) throws {
        Seat.name("source-\(name)")
        defer { LaneMark.forgetThread() }
        var router = Router(plan)
        do {
            let journal = try network.open(part.journal)
            try world.endingAtFailure { try router.follow(journal, keeping) }
            try router.close()
            following.finish(.success(()))
            while !leaving.isRaised { world.sleep(RunningFollower.rest) }
            if !world.stopping.isRaised { journal.leave() }
        } catch {
            following.finish(.failure(error))
            throw error
        }
    }

    /// The symbol that a lane's mark means; nil where it is none of this source's, or its process does not answer.
    func symbol(_ subject: LaneSubject) throws -> MarkedSymbol? {
        guard subject.tag == LaneSubject.tag(of: name) else { return nil }
        let journal = try network.open(part.journal)
        let deadline = Seat.monotonic + RunningFollower.patience
        while !journal.isOpen, Seat.monotonic < deadline { try journal.wait(atMost: FollowLimits.wait) }
        // Symbols have their numbers here in the journal's order, those that are not wanted left out.
        let wanted = journal.definitions.filter { $0.kind == .symbol }.compactMap { SymbolDefinition($0.bytes)?.name }
            .filter(part.symbols.includes)
        guard Int(subject.symbol) < wanted.count else { return nil }
        let name = wanted[Int(subject.symbol)]
        return MarkedSymbol(name: part.symbols.renames[name] ?? name, journal: journal.id)
    }

    /// Waits until everything has been read.
    func followed() async throws { try await following.value() }
    /// Everything that came is safe here.
    func leave() { leaving.raise() }
}
