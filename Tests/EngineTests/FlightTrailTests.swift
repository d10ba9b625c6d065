import TestPrograms
import Testing

@testable import Engine

/// Up to where everything that was read has reached its state.
@Suite struct `The trail of what is under way` {
    @Test func `nothing is settled before as many events are handed over behind it as can be under way`() {
        for seed in 0..<UInt64(Campaign.rounds(40, each: 40)) {
            var chance = SeededChance(seed: seed + Campaign.seed)
            let flight = 1 + chance.below(60)
            var trail = FlightTrail(flight: flight)
            let begin = UInt64(chance.below(1_000))
            trail.begin(at: begin)
            // Every event's position, in order; and behind which positions nothing may be missing.
            var events: [UInt64] = []
            var reached = [begin]
            var position = begin
            for _ in 0..<200 {
                position += UInt64(1 + chance.below(50))
                let count = chance.below(3) == 0 ? 0 : chance.below(20)
                trail.note(position, events: count)
                events += [UInt64](repeating: position, count: count)
                reached.append(position)
                // The last `flight` events may still be under way: the oldest of these is at or behind this position.
                let underWay = events.suffix(flight).first ?? .max
                let expected = events.count < flight ? begin : reached.last { $0 < underWay } ?? begin
                #expect(trail.settled <= expected, "an event at \(underWay) is under way")
                #expect(events.count < 2 * flight || trail.settled >= begin, "seed \(seed)")
            }
            // It goes on: what is settled does not stay behind for ever.
            trail.note(position + 1, events: flight)
            trail.note(position + 2, events: flight)
            #expect(trail.settled >= position)
        }
    }
}
