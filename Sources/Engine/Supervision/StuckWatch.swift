public import Rings

/// Finds lanes that have been at one event for too long, by looking at their marks again and again.
public struct StuckWatch: Sendable {
    private struct Seen {
        var subject: UInt64
        var event: UInt64
        var since: Duration
    }

    public let limit: Duration
    private var seen: [String: Seen] = [:]

    public init(limit: Duration) { self.limit = limit }

    /// How long each lane has been at the event at which it is now; those that rest are not listed.
    public mutating func look(_ marks: [String: LaneMark.Reading], at now: Duration) -> [String: Duration] {
        var busy: [String: Duration] = [:]
        var next: [String: Seen] = [:]
        for (name, mark) in marks where mark.subject != 0 {
            var place = Seen(subject: mark.subject, event: mark.event, since: now)
            if let before = seen[name], before.subject == mark.subject, before.event == mark.event {
                place.since = before.since
            }
            next[name] = place
            busy[name] = now - place.since
        }
        seen = next
        return busy
    }

    /// The lanes that have been at one event for longer than the limit.
    public mutating func stuck(_ marks: [String: LaneMark.Reading], at now: Duration) -> [String] {
        look(marks, at: now).filter { $0.value > limit }.keys.sorted()
    }
}
