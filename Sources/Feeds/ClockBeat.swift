public import Market

/// The whole seconds that a source must announce as `clock` events before an event of a given venue time.
///
/// A bar closes at its symbol's first event at or after its end, so a stream needs beats where it has no trades. Each
/// whole second is one, up to a minute after the last event; a recording with a night's hole over ten thousand
/// symbols would make millions of them, so in a longer hole follow the whole minutes up to an hour after it, then the
/// whole hours up to a day, then the UTC days. The last whole second at or before the event is always announced.
/// Venue times that run backwards announce nothing.
public struct ClockBeat: Sendable {
    /// The whole second of the largest venue time seen, in seconds since 1970; nil before the first.
    private var latest: Int64?

    public init() {}

    /// The seconds to announce, in order, before an event at `time`; a second is announced before the event that
    /// carries exactly its time. Nothing comes before the first event.
    public mutating func due(before time: Timestamp) -> Seconds {
        let (quotient, remainder) = time.nanoseconds.quotientAndRemainder(dividingBy: Timestamp.second)
        let second = remainder < 0 ? quotient - 1 : quotient
        guard let last = latest else {
            latest = second
            return Seconds(after: second, through: second)
        }
        guard second > last else { return Seconds(after: last, through: last) }
        latest = second
        return Seconds(after: last, through: second)
    }

    /// The beats of one hole, from the second after the last event's to that of the next.
    public struct Seconds: Sequence, IteratorProtocol, Sendable {
        private static let strides: [(within: Int64, step: Int64)] = [(60, 1), (3_600, 60), (86_400, 3_600)]

        private let origin: Int64
        private let end: Int64
        private var current: Int64

        init(after origin: Int64, through end: Int64) {
            self.origin = origin
            self.end = end
            current = origin
        }

        public var isEmpty: Bool { current >= end }

        public mutating func next() -> Timestamp? {
            guard current < end else { return nil }
            let elapsed = current - origin
            let step = Seconds.strides.first { elapsed < $0.within }?.step ?? 86_400
            let rest = current % step
            current = Swift.min(end, current + step - (rest < 0 ? rest + step : rest))
            return Timestamp(nanoseconds: current * Timestamp.second)
        }
    }
}
