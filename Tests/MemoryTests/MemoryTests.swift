import Memory
import Testing
import TestPrograms

/// Raises a count when it dies, so that a test sees who was let go.
private struct Mourner: ~Copyable {
    final class Deaths { var names: [Int] = [] }
    let name: Int
    let deaths: Deaths
    deinit { deaths.names.append(name) }
}

@Suite struct MemoryTests {
    @Test(arguments: 0..<20 as Range<UInt64>)
    func `a byte buffer is an array of bytes that grows`(seed: UInt64) {
        var chance = SeededChance(seed: seed)
        var buffer = ByteBuffer(capacity: 1 + chance.below(40))
        var model: [UInt8] = []
        for _ in 0..<400 {
            switch chance.below(8) {
            case 0...2:
                let value = chance.next()
                buffer.append(value)
                model += (0..<8).map { UInt8(truncatingIfNeeded: value >> UInt64($0 * 8)) }
            case 3, 4:
                let run = (0..<chance.below(30)).map { UInt8($0) }
                buffer.append(unsafe run.span.bytes)
                model += run
            case 5 where model.count >= 2:
                let place = chance.below(model.count - 1)
                buffer.store(UInt16(0x0201), at: place)
                model[place] = 1
                model[place + 1] = 2
            case 6:
                let count = chance.below(model.count + 1)
                buffer.truncate(to: count)
                model.removeLast(model.count - count)
            default:
                guard chance.below(20) == 0 else { continue }
                buffer.removeAll()
                model = []
            }
        }
        let bytes = buffer.withBytes { span in (0..<span.byteCount).map { span.byte($0) } }
        #expect(bytes == model)
        let count = buffer.count
        #expect(count == model.count)
        if model.count >= 2 {
            let last = buffer.load(at: model.count - 2, as: UInt16.self)
            #expect(last == UInt16(model[model.count - 2]) | UInt16(model[model.count - 1]) << 8)
        }
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `cells keep what they hold when they grow at either end`(seed: UInt64) {
        var chance = SeededChance(seed: seed)
        var cells = Cells<Int64>()
        var model: [Int64] = []
        for step in 0..<60 {
            switch chance.below(6) {
            case 0:
                let before = chance.below(5)
                let after = chance.below(5)
                cells.grow(to: before + model.count + after, keepingAt: before)
                model = Array(repeating: 0, count: before) + model + Array(repeating: 0, count: after)
            case 1 where !model.isEmpty:
                let start = chance.below(model.count)
                let end = start + chance.below(model.count - start + 1)
                cells.clear(from: start, to: end)
                for index in start..<end { model[index] = 0 }
            case 2 where chance.below(10) == 0:
                cells.removeAll()
                model = []
            default:
                guard !model.isEmpty else { continue }
                let index = chance.below(model.count)
                cells[index] += Int64(step)
                model[index] += Int64(step)
            }
            let held = cells.withSpan { span in span.indices.map { span[$0] } }
            #expect(held == model)
        }
    }

    @Test func `fixed cells begin with their value and change in place`() {
        var cells = FixedCells(repeating: (1, 2), count: 3)
        cells[1].1 = 7
        let read = (0..<3).map { cells[$0].1 }
        #expect(read == [2, 7, 2])
        let none = FixedCells(repeating: 5, count: 0)
        let count = none.count
        #expect(count == 0)
    }

    @Test func `a region is zeroed, however large, and every page can be written`() {
        let region = Region<UInt64>(count: 1 << 22)
        let step = 4096
        var sum: UInt64 = 0
        for index in stride(from: 0, to: region.count, by: step * 64) {
            sum += region[index]
            region[index] = UInt64(index)
        }
        #expect(sum == 0)
        let touched = region[step * 64]
        #expect(touched == UInt64(step * 64))
        let last = region.count - 1
        region.prefetch(last)
        region.prefetchForWriting(last)
        region[last] = 3
        let read = region[last]
        #expect(read == 3)
    }

    @Test func `a shelf keeps its values in place and lets them go in the end`() {
        let deaths = Mourner.Deaths()
        do {
            let shelf = Shelf<Mourner>(capacity: 100_000)
            for name in 0..<5 { #expect(shelf.append(Mourner(name: name, deaths: deaths)) == name) }
            shelf.prefetch(4, lines: 0..<2)
            #expect(shelf.count == 5)
            let name = shelf[3].name
            #expect(name == 3)
            #expect(deaths.names.isEmpty)
        }
        #expect(deaths.names == [0, 1, 2, 3, 4])
    }

    @Test func `an index outside stops the process`() async {
        await #expect(processExitsWith: .failure) {
            let shelf = Shelf<Int>(capacity: 4)
            _ = shelf[0]
        }
        await #expect(processExitsWith: .failure) {
            let region = Region<Int>(count: 4)
            region[-1] = 2
        }
        await #expect(processExitsWith: .failure) {
            var cells = Cells<Int>()
            cells.grow(to: 3, keepingAt: 0)
            cells[3] = 1
        }
    }
}

extension RawSpan {
    fileprivate func byte(_ offset: Int) -> UInt8 {
        unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }
}
