internal import Analytics
internal import Market
internal import Memory

// Settings that change while running: applied between two events, at once or from an instant on.
extension SymbolState {
    /// Changes that wait for their instant; one more is applied at once.
    private static var waitingLimit: Int { 1_024 }

    /// A change that was received before comes once more where a journal is played again: it holds already.
    mutating func receiveControl(_ place: Int) {
        guard place >= controlsSeen else { return }
        controlsSeen = place + 1
        guard let record = plan.controls.record(place) else { return counts.unapplied += 1 }
        let isLater = record.start.map { $0.nanoseconds > max(lastGoodTime, session.open.nanoseconds) } ?? false
        guard isLater, let start = record.start, waitingControls.count < SymbolState.waitingLimit else {
            return apply(record, at: place)
        }
        waitingControls.append(place)
        expectControl(start.nanoseconds)
    }

    /// Applies the changes whose instant has come, in the order in which they came.
    @inline(never)
    mutating func applyControls(_ time: Int64) {
        let waiting = waitingControls
        waitingControls.removeAll(keepingCapacity: true)
        nextControl = .max
        for place in waiting {
            guard let record = plan.controls.record(place), let start = record.start else { continue }
            if start.nanoseconds <= time {
                apply(record, at: place)
            } else {
                waitingControls.append(place)
                expectControl(start.nanoseconds)
            }
        }
    }

    private mutating func expectControl(_ time: Int64) {
        nextControl = min(nextControl, time)
        expect(nextControl)
    }

    private mutating func apply(_ record: ControlRecord, at place: Int) {
        guard analytics?.change(record.choice) == true else { return counts.unapplied += 1 }
        appliedControls.removeAll { plan.controls.record($0)?.choice.name == record.choice.name }
        appliedControls.append(place)
    }
}
