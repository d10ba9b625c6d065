import Rings
import Synchronization
import Testing
import TestPrograms

/// A number that one thread raises and the other reads.
private final class Score: Sendable {
    private let value = Atomic<Int>(0)
    var now: Int { value.load(ordering: .acquiring) }
    func raise(by more: Int = 1) { value.add(more, ordering: .releasing) }
}

@Suite struct ParkerTests {
    /// A wake that is missed costs this long, and a round that takes half of it is taken for one.
    private static let timeout: UInt64 = 20_000_000_000

    /// Waits until the other side has reached `goal`; the nanoseconds of the longest sleep.
    private static func wait(for goal: Int, on score: Score, _ parker: Parker) -> Int64 {
        var longest: Int64 = 0
        while score.now < goal {
            let begin = Seat.monotonic
            parker.park(atMost: timeout) { score.now >= goal }
            longest = max(longest, Seat.monotonic - begin)
        }
        return longest
    }

    @Test func `two threads that wake each other never miss a wake`() {
        let rounds = 20_000 * campaign
        let (ping, pong) = (Score(), Score())
        let (pingParker, pongParker) = (Parker(), Parker())
        let missed = Tally()
        onThreads([
            {
                var chance = SeededChance(seed: 1)
                for round in 1...rounds {
                    for _ in 0..<chance.below(60) { Seat.pause() }
                    ping.raise()
                    pingParker.wake()
                    let longest = ParkerTests.wait(for: round, on: pong, pongParker)
                    if longest > Int64(ParkerTests.timeout / 2) { missed.add() }
                }
            },
            {
                var chance = SeededChance(seed: 2)
                for round in 1...rounds {
                    let longest = ParkerTests.wait(for: round, on: ping, pingParker)
                    if longest > Int64(ParkerTests.timeout / 2) { missed.add() }
                    for _ in 0..<chance.below(60) { Seat.pause() }
                    pong.raise()
                    pongParker.wake()
                }
            },
        ])
        #expect(missed.value == 0)
        #expect(ping.now == rounds)
    }

    @Test func `nobody sleeps who has news, and nobody sleeps past the limit`() {
        let parker = Parker()
        let begin = Seat.monotonic
        parker.park(atMost: ParkerTests.timeout) { true }
        #expect(Seat.monotonic - begin < Int64(ParkerTests.timeout / 2))
        let later = Seat.monotonic
        parker.wake()
        parker.park(atMost: 2_000_000) { false }
        #expect(Seat.monotonic - later >= 1_900_000)
        #expect(Seat.monotonic - later < Int64(ParkerTests.timeout / 2))
    }

    @Test func `a tally adds up what many threads add`() {
        let tally = Tally()
        let body: @Sendable () -> Void = { for _ in 0..<5_000 { tally.add(3) } }
        onThreads([body, body, body, body])
        #expect(tally.value == 60_000)
        tally.add(-1)
        #expect(tally.value == 59_999)
    }

    @Test func `a guarded value is changed by one thread at a time`() {
        let guarded = Guarded([0, 0])
        let body: @Sendable () -> Void = {
            for _ in 0..<5_000 {
                guarded.withLock { pair in
                    pair[0] += 1
                    pair[1] = pair[0]
                }
            }
        }
        onThreads([body, body, body])
        #expect(guarded.withLock { $0 } == [15_000, 15_000])
    }

    @Test func `whoever finds a guarded value taken can go away`() {
        let guarded = Guarded(0)
        let missed = Tally()
        #expect(guarded.withLock { _ in guarded.withLockIfFree { $0 += 1 } } == nil)
        #expect(guarded.withLockIfFree { $0 } == 0)
        let body: @Sendable () -> Void = {
            for _ in 0..<5_000 where guarded.withLockIfFree({ $0 += 1 }) == nil { missed.add() }
        }
        onThreads([body, body, body])
        #expect(guarded.withLock { $0 } == 15_000 - missed.value)
    }

    @Test func `whoever sees a signal sees what was done before it`() {
        for _ in 0..<50 {
            let (signal, before, complaint) = (Signal(), Tally(), Complaint())
            onThreads([
                {
                    before.add(41)
                    signal.raise()
                    signal.raise()
                },
                {
                    var patience = 0
                    while !signal.isRaised {
                        patience += 1
                        Seat.wait(patience)
                    }
                    complaint.make("a signal came before its reason", unless: before.value == 41)
                },
            ])
            #expect(complaint.first == "")
        }
    }

    @Test func `a seat is a thread's own, and a core that does not exist cannot be had`() {
        let (first, second) = (Score(), Score())
        let complaint = Complaint()
        func body(_ own: Score, _ other: Score) -> @Sendable () -> Void {
            {
                Seat.name("a name that is far too long")
                complaint.make("core 5000", unless: Seat.pin(to: 5_000) != nil)
                complaint.make("core -1", unless: Seat.pin(to: -1) != nil)
                complaint.make("core 0", unless: Seat.pin(to: 0) == nil)
                own.raise(by: Int(Seat.current & 0xFFFF_FFFF_FFFF))
                while other.now == 0 { Seat.wait(100) }
                complaint.make("one number for two threads", unless: own.now != other.now)
            }
        }
        onThreads([body(first, second), body(second, first)])
        #expect(complaint.first == "")
    }
}
