internal import Journal
internal import Market
internal import Rings

/// Writes down the states of a symbols node, one after the other, so that a restart need not play everything again.
///
/// A lane is asked for one state at a time. A snapshot goes to the disk only when the updates that its state has made,
/// and the events that it has taken, are safe in their journals: what was not would never be made again.
struct SnapshotKeeper {
    /// States that are held in memory at once.
    private static let chunk = 64
    /// How long the journals are waited for; a source that is silent brings nothing to the device either.
    private static let patience = Duration.seconds(5)

    let flow: RunningFlow
    let keeping: FlowKeeping
    let tell: @Sendable (String) -> Void

    var isOn: Bool { keeping.data.snapshots > .zero }

    /// Makes a round each interval until it is cancelled.
    func run() async {
        guard isOn else { return }
        while true {
            do { try await Task.sleep(for: keeping.data.snapshots) } catch { return }
            await round()
        }
    }

    /// One snapshot of every symbol that has taken an event, and then a word on what no snapshot needs any more.
    func round() async {
        let published = keeping.progress.head.value
        var isComplete = true
        for source in keeping.sources {
            guard let journal = source.journal else {
                isComplete = false
                continue
            }
            giveUp(of: source, journal)
            let givenUp = flow.quarantine.givenUp(in: journal)
            var oldest = UInt64.max
            let actors = source.actors
            for start in stride(from: 0, to: actors.count, by: SnapshotKeeper.chunk) {
                let chunk = Array(actors[start..<min(start + SnapshotKeeper.chunk, actors.count)])
                guard let written = await write(chunk, of: source, journal, givenUp) else { return }
                oldest = min(oldest, written.position)
                isComplete = isComplete && written.count == chunk.count
            }
            // A symbol without a new snapshot still needs what lies behind its old one.
            if keeping.data.trims, isComplete, oldest < .max { note(oldest, in: source) }
        }
        guard isComplete else { return }
        // Behind the older of the two snapshots that are kept updates are made again.
        let made = keeping.lastRound(published)
        keeping.progress.spare.add(max(0, made - keeping.progress.spare.value))
    }

    /// Gives the quarantined symbols of a source up where what their release needs has become too much: from now on
    /// their snapshots hold the numbers of their topics alone, and nothing is kept for them any more.
    private func giveUp(of source: SourceKeeping, _ journal: UInt64) {
        guard keeping.data.trims else { return }
        let (limit, taken) = (keeping.data.quarantineLimit, max(source.byteCount, keeping.progress.byteCount.value))
        let held = flow.quarantine.held(in: journal)
        guard taken > limit, !held.isEmpty else { return }
        do { try flow.quarantine.giveUp(held, in: journal) } catch { return tell("\(flow.name): \(error)") }
        tell(
            "\(flow.name): given up \(held.sorted().joined(separator: ", ")): \(taken) bytes of journal are kept, "
                + "\(limit) is the limit; once released it begins anew")
    }

    /// Writes some snapshots; returns how many, and the position behind which their events lie; nil where none could
    /// be written.
    private func write(
        _ actors: [SymbolActor], of source: SourceKeeping, _ journal: UInt64, _ givenUp: Set<String>
    ) async -> (position: UInt64, count: Int)? {
        let position = source.settled
        var snapshots: [Snapshot] = []
        for actor in actors {
            let state = await actor.snapshot(isGivenUp: givenUp.contains(actor.symbol.name))
            guard case .saved(let bytes, let sequence) = state else { continue }
            snapshots.append(
                Snapshot(
                    symbol: actor.symbol.name, place: JournalPlace(journal: journal, position: position),
                    sequence: sequence, bytes: bytes))
        }
        guard await areSafe(source) else { return nil }
        do {
            for snapshot in snapshots { try source.snapshots.write(snapshot) }
        } catch {
            tell("no snapshots of \(flow.name): \(error)")
            return nil
        }
        return (position, snapshots.count)
    }

    /// Waits until what the states have taken and made is on the device, or where the system keeps it.
    private func areSafe(_ source: SourceKeeping) async -> Bool {
        let (made, head) = (flow.madeUpdates, source.progress.head.value)
        let clock = ContinuousClock()
        let deadline = clock.now + SnapshotKeeper.patience
        while keeping.taken.value < made {
            guard clock.now < deadline, (try? await Task.sleep(for: .milliseconds(2))) != nil else { return false }
        }
        let written = keeping.progress.head.value
        while source.progress.synced.value < head || keeping.progress.synced.value < written {
            guard clock.now < deadline, (try? await Task.sleep(for: .milliseconds(10))) != nil else { return false }
        }
        return true
    }

    /// The snapshots before these may still be needed: of a journal their round's position goes, not this one's.
    private func note(_ position: UInt64, in source: SourceKeeping) {
        let before = source.lastRound(position)
        source.progress.spare.add(max(0, Int(before) - source.progress.spare.value))
    }
}
