import Foundation
import Glibc
import Rings
import Testing
import TestPrograms

@Suite struct `A bell` {
    /// Whether its descriptor can be read within a time.
    private static func isRung(_ bell: Bell, within milliseconds: Int32) -> Bool {
        var place = pollfd(fd: bell.descriptor, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&place, 1, milliseconds) == 1
    }

    @Test func `it rings for one who has announced himself, until he does so again`() {
        let bell = Bell()
        bell.ring()
        #expect(!Self.isRung(bell, within: 0))
        bell.arm()
        #expect(!Self.isRung(bell, within: 0))
        bell.ring()
        bell.ring()
        #expect(Self.isRung(bell, within: 0))
        bell.arm()
        #expect(!Self.isRung(bell, within: 0))
        bell.disarm()
        bell.ring()
        #expect(!Self.isRung(bell, within: 0))
    }

    @Test func `no ring is missed between two threads`() {
        let rounds = 20_000 * campaign
        let (bell, written, read, missed) = (Bell(), Tally(), Tally(), Tally())
        onThreads([
            {
                var chance = SeededChance(seed: 3)
                for round in 1...rounds {
                    written.add()
                    bell.ring()
                    while read.value < round { Seat.pause() }
                    for _ in 0..<chance.below(60) { Seat.pause() }
                }
            },
            {
                while read.value < rounds {
                    bell.arm()
                    // A ring that is missed costs the whole wait.
                    if written.value == read.value, !Self.isRung(bell, within: 10_000) { missed.add() }
                    bell.disarm()
                    read.add(written.value - read.value)
                }
            },
        ])
        #expect(missed.value == 0)
    }
}
