public import Market

/// How fast a recording is replayed.
public enum Pace: Equatable, Sendable {
    case asFastAsPossible
    /// 1 is real time, 10 ten times as fast. Above 0.
    case times(Double)
}

/// Says when an event is due: pure arithmetic between the recording's time and the time since the replay began.
///
/// Times that go backwards are due at once. The first event is due at once too and is what later ones are counted from.
public struct Pacing: Sendable {
    private let pace: Pace
    private var origin: (stamp: Timestamp, elapsed: Duration)?
    private var latest = Timestamp(nanoseconds: 0)

    public init(_ pace: Pace) {
        if case .times(let factor) = pace { precondition(factor > 0 && factor.isFinite, "A pace must be above zero.") }
        self.pace = pace
    }

    /// How long to wait from now, `elapsed` after the replay began, until the event with this stamp is due; zero when
    /// it
    /// is due or late.
    public mutating func wait(for stamp: Timestamp, elapsed: Duration) -> Duration {
        guard case .times(let factor) = pace else { return .zero }
        guard let origin else {
            origin = (stamp, elapsed)
            latest = stamp
            return .zero
        }
        latest = max(latest, stamp)
        let due = origin.elapsed + .nanoseconds(Int64((Double(latest - origin.stamp) / factor).rounded()))
        return max(.zero, due - elapsed)
    }
}
