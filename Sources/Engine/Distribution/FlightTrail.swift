/// Behind which position of a journal nothing is under way any more between its reader and the states.
///
/// Of what was handed over last, a number of events may not have reached their states yet; of a journal that others
/// share, those may lie far apart.
struct FlightTrail {
    private var entries: [(position: UInt64, total: Int)] = [(0, 0)]
    private var total = 0
    private let flight: Int

    /// - Parameter flight: events that can be under way at once.
    init(flight: Int) { self.flight = flight }

    /// Before anything is handed over.
    mutating func begin(at position: UInt64) { entries = [(position, total)] }

    /// Notes that so many events were handed over, the last of them at or before a position.
    mutating func note(_ position: UInt64, events: Int) {
        total += events
        entries.append((position, total))
        guard let settled = entries.lastIndex(where: { $0.total <= total - flight }), settled > 0 else { return }
        entries.removeFirst(settled)
    }

    /// The position up to which every event has reached its state.
    var settled: UInt64 { entries[0].position }
}
