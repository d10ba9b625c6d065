import Memory
import Rings
import Testing
import TestPrograms

/// The two ends of a ring of bytes.
private struct ByteEnds: Sendable {
    let writers = Shelf<ByteRingWriter>(capacity: 1)
    let readers = Shelf<ByteRingReader>(capacity: 1)

    init(capacity: Int) {
        let (writers, readers) = (writers, readers)
        ByteRing(capacity: capacity).split { writer, reader in
            writers.append(writer)
            readers.append(reader)
        }
    }

    var hasNews: Bool { readers[0].hasNews }
    var inFlightBytes: Int { writers[0].inFlightBytes }
    var limit: Int { writers[0].limit }

    func write(_ run: [UInt64]) -> Bool { writers[0].write(unsafe run.span.bytes) }

    /// At most `limit` runs; what is behind them stays.
    func drain(atMost limit: Int = .max) -> [[UInt64]] {
        struct Enough: Error {}
        var runs: [[UInt64]] = []
        do {
            _ = try readers[0].drain { bytes in
                if runs.count == limit { throw Enough() }
                runs.append(ByteEnds.words(bytes))
            }
        } catch {}
        return runs
    }

    static func words(_ bytes: RawSpan) -> [UInt64] {
        (0..<bytes.byteCount / 8).map { unsafe bytes.unsafeLoad(fromByteOffset: $0 * 8, as: UInt64.self) }
    }
}

@Suite struct ByteRingTests {
    @Test(arguments: 0..<UInt64(30 * campaign))
    func `a ring of bytes is a queue of runs with a limit`(seed: UInt64) {
        var chance = SeededChance(seed: seed)
        let capacity = 4096 << chance.below(2)
        let ends = ByteEnds(capacity: capacity)
        var queue: [[UInt64]] = []
        var published = 0
        var (written, read) = (0, 0)
        /// Where each run of the queue ends.
        var borders: [Int] = []
        for _ in 0..<500 {
            switch chance.below(6) {
            case 0...2:
                let words = chance.below(3) == 0 ? chance.below(capacity / 16) : chance.below(12)
                let run = (0..<words).map { _ in chance.next() }
                let need = words * 8 + 8
                let rest = capacity - written % capacity
                let skipped = rest < need ? rest : 0
                let hasRoom = written + skipped + need - read <= capacity
                #expect(ends.write(run) == hasRoom)
                guard hasRoom else { continue }
                written += skipped + need
                queue.append(run)
                borders.append(written)
            case 3:
                ends.writers[0].publish()
                published = queue.count
                #expect(ends.hasNews == (written > read))
            default:
                let limit = chance.below(5)
                let taken = ends.drain(atMost: limit)
                #expect(taken == Array(queue.prefix(min(limit, published))))
                if !taken.isEmpty { read = borders[taken.count - 1] }
                queue.removeFirst(taken.count)
                borders.removeFirst(taken.count)
                published -= taken.count
            }
            #expect(ends.inFlightBytes <= capacity)
        }
    }

    @Test func `an empty ring takes a run of the limit wherever it stands`() {
        let ends = ByteEnds(capacity: 4096)
        let longest = [UInt64](repeating: 7, count: ends.limit / 8)
        for words in 0..<512 {
            #expect(ends.write(Array(repeating: 1, count: words % 40)))
            ends.writers[0].publish()
            #expect(ends.drain().count == 1)
            #expect(ends.write(longest))
            #expect(!ends.hasNews)
            ends.writers[0].publish()
            #expect(ends.drain() == [longest])
        }
    }

    @Test func `two threads hammer a ring of bytes and no run is torn, lost or doubled`() {
        let total = 60_000 * campaign
        let ends = ByteEnds(capacity: 8192)
        let complaint = Complaint()
        onThreads([
            {
                var chance = SeededChance(seed: 3)
                for number in 0..<UInt64(total) {
                    let length = chance.below(100) == 0 ? chance.below(500) : chance.below(9)
                    let run = [number] + (0..<length).map { number &* 31 &+ UInt64($0) }
                    var patience = 0
                    while !ends.write(run) {
                        ends.writers[0].publish()
                        patience += 1
                        Seat.wait(patience)
                    }
                    if chance.below(8) == 0 { ends.writers[0].publish() }
                }
                ends.writers[0].publish()
            },
            {
                var number: UInt64 = 0
                var patience = 0
                while number < UInt64(total), !complaint.isMade {
                    let runs = ends.readers[0].drain { bytes in
                        let words = ByteEnds.words(bytes)
                        let expected = [number] + (0..<words.count - 1).map { number &* 31 &+ UInt64($0) }
                        complaint.make("\(words) in place of \(number)", unless: words == expected)
                        number += 1
                    }
                    patience = runs > 0 ? 0 : patience + 1
                    if runs == 0 { Seat.wait(patience) }
                }
            },
        ])
        #expect(complaint.first == "")
        #expect(!ends.hasNews)
        #expect(ends.inFlightBytes == 0)
    }
}
