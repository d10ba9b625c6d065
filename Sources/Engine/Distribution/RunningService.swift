internal import Journal
internal import Rings

/// The journals of this process at the disposal of others, for as long as somebody still has to read them.
final class RunningService: Sendable {
    private let network: any JournalNetwork
    private let journals: [ServedJournal]
    private let world: World
    private let running = Guarded<(service: any JournalService, thread: OwnThread)?>(nil)
    /// Those whose end is the run's own.
    private let flowJournals: [JournalProgress]

    /// Nil where nobody elsewhere reads anything.
    init?(_ company: Company, data: DataFolder, sources: [RunningSource], flows: [RunningFlow], world: World) {
        guard !company.offers.isEmpty else { return nil }
        network = company.network
        self.world = world
        var flowJournals: [JournalProgress] = []
        journals = company.offers.compactMap { offer in
            if offer.isSource {
                guard let source = sources.first(where: { $0.name == offer.node }), let progress = source.progress
                else {
                    return nil
                }
                return ServedJournal(
                    name: offer.node, content: .events, folder: data.events(of: offer.node), progress: progress,
                    readers: offer.readers.map {
                        ServedReader(name: $0.name, wants: $0.wants, progress: ReaderProgress())
                    },
                    isTheirs: data.trims && source.isElsewhere)
            }
            guard let flow = flows.first(where: { $0.name == offer.node }), let keeping = flow.keeping else {
                return nil
            }
            flowJournals.append(keeping.progress)
            let readers = offer.readers.map { reader in
                let lag = StoreLag()
                keeping.add(JournalFollower(wake: {}, lag: lag, isDistant: true))
                return ServedReader(name: reader.name, wants: reader.wants, progress: ReaderProgress(lag: lag))
            }
            return ServedJournal(
                name: flow.part.partName, content: .updates, folder: keeping.folder, progress: keeping.progress,
                readers: readers, isTheirs: false)
        }
        self.flowJournals = flowJournals
    }

    /// Opens the address.
    func open() async throws {
        let service = try network.serve(journals)
        let thread = OwnThread { [world] in
            Seat.name("journals")
            try world.endingAtFailure { try service.work() }
        }
        running.withLock { $0 = (service, thread) }
    }

    /// Waits until every reader has what it needs, unless the run was stopped: then each goes on at the next start.
    /// - Parameter isWhole: whether the run has come to its own end.
    func end(isWhole: Bool, _ failure: inout (any Error)?) async {
        guard let (service, thread) = running.withLock({ $0 }) else { return }
        if isWhole, !world.stopping.isRaised {
            for journal in flowJournals { journal.end() }
            while !world.stopping.isRaised, journals.contains(where: { $0.isAwaited }) {
                try? await Task.sleep(for: .milliseconds(5))
            }
        }
        service.stop()
        do { try await thread.value() } catch { failure = failure ?? error }
    }
}

extension ServedJournal {
    /// Whether a reader has not left yet.
    var isAwaited: Bool { readers.contains { !$0.progress.hasLeft.isRaised } }
}
