/// What an operator is told of a door: who was turned away, and what is wrong with its list. Never one line for each.
public struct DoorLog: Sendable {
    private let door: Door
    private let interval: Duration
    private var last: ContinuousClock.Instant?
    private var told = DoorCounts()
    private var faults: [KeyFault] = []

    /// - Parameter interval: Between two lines, however many knock.
    public init(of door: Door, interval: Duration = .seconds(10)) {
        self.door = door
        self.interval = interval
    }

    /// The lines that are due; what was told is told once.
    public mutating func lines() -> [String] {
        let now = ContinuousClock.now
        if let last, now - last < interval { return [] }
        last = now
        return newLines()
    }

    /// The lines that are due when the door closes.
    public mutating func lastLines() -> [String] { newLines() }

    private mutating func newLines() -> [String] {
        let counts = door.counts
        let news = Denial.allCases.compactMap { reason -> String? in
            let count = counts.denied[reason, default: 0] - told.denied[reason, default: 0]
            return count > 0 ? "\(count) for \(reason.rawValue)" : nil
        }
        told = counts
        let now = door.listFaults
        defer { faults = now }
        return (news.isEmpty ? [] : ["turned away: " + news.joined(separator: ", ")])
            + now.filter { !faults.contains($0) }.map { "the allow-list: \($0)" }
    }
}
