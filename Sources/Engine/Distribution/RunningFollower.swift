internal import Rings

/// A source of another process at work: its journal feeds a symbols node here.
final class RunningFollower: Sendable {
    /// One wait until everybody else has ended.
    private static let rest: Int64 = 1_000_000

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
        keeping = SourceKeeping(data, source: part.name, flow: flow.part.partName, world: world) {
            Self.holdsEverything(journal, network, world)
        }
        keeping.trail.withLock { $0 = FlightTrail(flight: RouterLimits.flight * (flow.lanes.count + 1)) }
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

    /// Waits until everything has been read.
    func followed() async throws { try await following.value() }
    /// Everything that came is safe here.
    func leave() { leaving.raise() }
}
