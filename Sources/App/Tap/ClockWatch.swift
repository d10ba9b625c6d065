internal import Market

/// Compares a publisher's clock with this machine's, by what heartbeats say. Pure.
struct ClockWatch: Sendable {
    /// Networks and a busy machine take less; a clock that nobody sets is off by more within weeks.
    static let limit = Timestamp.second * 5

    private enum Reading { case right, ahead, behind }

    /// What was told last: each change is told once.
    private var reading = Reading.right

    /// Takes a heartbeat; returns what is to be told of its publisher's clock.
    mutating func receive(_ publishTime: Timestamp, at now: Timestamp) -> String? {
        let difference = publishTime - now
        let before = reading
        reading = difference > ClockWatch.limit ? .ahead : difference < -ClockWatch.limit ? .behind : .right
        guard reading != before else { return nil }
        let seconds = abs(difference / Timestamp.second)
        return switch reading {
        case .right: "the publisher's clock is right again"
        case .ahead: "the publisher's clock is \(seconds) s ahead of this machine's"
        case .behind: "the publisher's clock is \(seconds) s behind this machine's, or its messages are so late"
        }
    }
}
