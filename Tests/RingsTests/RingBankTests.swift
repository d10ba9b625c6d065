import Memory
import Rings
import Testing
import TestPrograms

/// An element that shows when it was torn or is another one.
private struct Parcel: BitwiseCopyable, Equatable {
    var ring: UInt64 = 0
    var number: UInt64 = 0
    var a: UInt64 = 0
    var b: UInt64 = 0
    var c: UInt64 = 0
    var d: UInt64 = 0
    var e: UInt64 = 0
    var check: UInt64 = 0

    init(ring: Int, number: UInt64) {
        self.ring = UInt64(ring)
        self.number = number
        a = number &* 0x9E37_79B9_7F4A_7C15
        b = a ^ 1
        c = a ^ 2
        d = a ^ 3
        e = a ^ 4
        check = a &+ b &+ c &+ d &+ e &+ self.ring
    }

    var isWhole: Bool { self == Parcel(ring: Int(ring), number: number) }
}

/// The two ends of a bank, each on a shelf so that a closure can hold it.
private struct Ends: Sendable {
    let writers = Shelf<BankWriter<Parcel>>(capacity: 1)
    let readers = Shelf<BankReader<Parcel>>(capacity: 1)

    init(rings: Int, capacity: Int, memory: Int, flightLimit: Int) {
        let (writers, readers) = (writers, readers)
        RingBank<Parcel>(rings: rings, capacity: capacity, memory: memory, flightLimit: flightLimit)
            .split { writer, reader in
                writers.append(writer)
                readers.append(reader)
            }
    }

    var ready: Int { readers[0].ready() }
    var staged: Int { writers[0].staged }
    var inFlight: Int { writers[0].inFlight }
    func memory(of ring: Int) -> [Parcel] { readers[0].memory(of: ring) }
    func hasRoom(_ ring: Int, for count: Int) -> Bool { writers[0].hasRoom(ring: ring, for: count) }
    func ring(_ offset: Int) -> Int { readers[0].visit(offset).ring }

    func stage(_ parcel: Parcel, ring: Int) -> Bool { writers[0].stage(ring: ring) { $0 = parcel } }

    /// Reads one visit that `offset` places ahead of the next.
    func read(_ offset: Int) -> (ring: Int, parcels: [Parcel]) {
        let visit = readers[0].visit(offset)
        var parcels: [Parcel] = []
        readers[0].forEach(of: visit) { parcels.append($0) }
        readers[0].release(visit)
        return (visit.ring, parcels)
    }
}

/// What a bank must do, with arrays.
private struct BankModel {
    let capacity: Int
    let memory: Int
    let flightLimit: Int
    var written: [[Parcel]]
    var staged: [Int]
    var order: [Int] = []
    var read: [Int]
    var ready: [(ring: Int, count: Int)] = []
    var flying = 0

    init(rings: Int, capacity: Int, memory: Int, flightLimit: Int) {
        (self.capacity, self.memory, self.flightLimit) = (capacity, memory, flightLimit)
        written = Array(repeating: [], count: rings)
        staged = Array(repeating: 0, count: rings)
        read = staged
    }

    func hasRoom(_ ring: Int, for count: Int) -> Bool {
        let asked = min(count, capacity - memory, flightLimit)
        return capacity - memory - (written[ring].count - read[ring]) >= asked && flightLimit - flying >= asked
    }

    mutating func stage(_ parcel: Parcel, ring: Int) -> Bool {
        guard written[ring].count - read[ring] < capacity - memory, flying < flightLimit else { return false }
        written[ring].append(parcel)
        if staged[ring] == 0 { order.append(ring) }
        staged[ring] += 1
        flying += 1
        return true
    }

    mutating func publish() {
        for ring in order {
            ready.append((ring, staged[ring]))
            staged[ring] = 0
        }
        order = []
    }

    /// The next visit's ring and elements; its slots are given back.
    mutating func visit(_ offset: Int) -> (ring: Int, parcels: [Parcel]) {
        let (ring, count) = ready[offset]
        let parcels = Array(written[ring][read[ring]..<read[ring] + count])
        read[ring] += count
        return (ring, parcels)
    }

    mutating func finish(_ count: Int) {
        flying -= ready.prefix(count).reduce(0) { $0 + $1.count }
        ready.removeFirst(count)
    }

    func memory(of ring: Int) -> [Parcel] { Array(written[ring][..<read[ring]].suffix(memory)) }
}

@Suite struct RingBankTests {
    @Test(arguments: 0..<UInt64(40 * campaign))
    func `a bank is an array per ring with two limits`(seed: UInt64) {
        var chance = SeededChance(seed: seed)
        let rings = 1 + chance.below(6)
        let capacity = 1 << (1 + chance.below(6))
        let memory = chance.below(capacity)
        let flight = 1 << chance.below(8)
        let ends = Ends(rings: rings, capacity: capacity, memory: memory, flightLimit: flight)
        var model = BankModel(rings: rings, capacity: capacity, memory: memory, flightLimit: flight)
        var number: UInt64 = 0
        for _ in 0..<600 {
            switch chance.below(10) {
            case 0...5:
                let ring = chance.below(rings)
                number += 1
                let parcel = Parcel(ring: ring, number: number)
                let count = chance.below(4)
                #expect(ends.hasRoom(ring, for: count) == model.hasRoom(ring, for: count))
                #expect(ends.stage(parcel, ring: ring) == model.stage(parcel, ring: ring))
            case 6, 7:
                ends.writers[0].publish()
                model.publish()
            default:
                #expect(ends.ready == model.ready.count)
                let taken = chance.below(model.ready.count + 1)
                compareVisits(taken, ends, &model)
            }
            let ring = chance.below(rings)
            #expect(ends.memory(of: ring) == model.memory(of: ring))
            #expect(ends.staged == model.staged.reduce(0, +))
            #expect(ends.inFlight + ends.staged == model.flying)
        }
    }

    private func compareVisits(_ count: Int, _ ends: Ends, _ model: inout BankModel) {
        for offset in 0..<count {
            #expect(ends.ring(offset) == model.ready[offset].ring)
            ends.readers[0].prefetch(ends.readers[0].visit(offset))
            let (ring, parcels) = ends.read(offset)
            let expected = model.visit(offset)
            #expect(ring == expected.ring)
            #expect(parcels == expected.parcels)
        }
        ends.readers[0].finish(count)
        model.finish(count)
    }

    @Test func `a ring goes round its slots thousands of times and keeps its place`() {
        let ends = Ends(rings: 2, capacity: 4, memory: 1, flightLimit: 2)
        for number in 1...10_000 as ClosedRange<UInt64> {
            #expect(ends.stage(Parcel(ring: 1, number: number), ring: 1))
            ends.writers[0].publish()
            let (ring, parcels) = ends.read(0)
            ends.readers[0].finish(1)
            guard ring == 1, parcels == [Parcel(ring: 1, number: number)] else {
                Issue.record("The ring lost its place at \(number).")
                return
            }
        }
    }

    @Test func `publishing nothing is nothing`() {
        let ends = Ends(rings: 2, capacity: 4, memory: 0, flightLimit: 2)
        ends.writers[0].publish()
        #expect(ends.ready == 0)
        #expect(ends.memory(of: 1).isEmpty)
    }

    @Test(arguments: [(1, 8, 0, 4), (7, 16, 5, 64), (300, 4, 1, 1024)])
    func `two threads hammer a bank and no element is torn, lost or doubled`(
        rings: Int, capacity: Int, memory: Int, flight: Int
    ) {
        let total = 60_000 * campaign
        let ends = Ends(rings: rings, capacity: capacity, memory: memory, flightLimit: flight)
        let complaint = Complaint()
        onThreads([
            { BankHammer.write(ends, rings: rings, total: total) },
            { BankHammer.read(ends, rings: rings, memory: memory, total: total, complaint) },
        ])
        #expect(complaint.first == "")
        #expect(ends.inFlight == 0)
    }
}

/// The two threads' work.
private enum BankHammer {
    static func write(_ ends: Ends, rings: Int, total: Int) {
        var chance = SeededChance(seed: UInt64(rings))
        var numbers = [UInt64](repeating: 0, count: rings)
        for _ in 0..<total {
            let ring = chance.below(rings)
            numbers[ring] += 1
            let parcel = Parcel(ring: ring, number: numbers[ring])
            var patience = 0
            while !ends.stage(parcel, ring: ring) {
                ends.writers[0].publish()
                patience += 1
                Seat.wait(patience)
            }
            if chance.below(16) == 0 { ends.writers[0].publish() }
        }
        ends.writers[0].publish()
    }

    static func read(_ ends: Ends, rings: Int, memory: Int, total: Int, _ complaint: Complaint) {
        var numbers = [UInt64](repeating: 0, count: rings)
        var taken = 0
        var patience = 0
        while taken < total, !complaint.isMade {
            let ready = ends.ready
            patience = ready > 0 ? 0 : patience + 1
            if ready == 0 { Seat.wait(patience) }
            for offset in 0..<ready {
                let (ring, parcels) = ends.read(offset)
                for parcel in parcels {
                    numbers[ring] += 1
                    complaint.make("torn: \(parcel)", unless: parcel.isWhole)
                    complaint.make(
                        "\(parcel) in place of \(numbers[ring]) on \(ring)",
                        unless: parcel.number == numbers[ring] && parcel.ring == UInt64(ring))
                }
                taken += parcels.count
                if offset == 0 {
                    let kept = ends.memory(of: ring)
                    let first = numbers[ring] - UInt64(min(memory, Int(numbers[ring])))
                    let expected = (first..<numbers[ring]).map { Parcel(ring: ring, number: $0 + 1) }
                    complaint.make("memory of \(ring) after \(numbers[ring])", unless: kept == expected)
                }
            }
            ends.readers[0].finish(ready)
        }
    }
}
