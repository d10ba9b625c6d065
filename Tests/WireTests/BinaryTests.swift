import Market
import Memory
import TestPrograms
import Testing
import Updates
import Wire

@Suite struct `Binary messages` {
    private let decoding = BinaryDecoding([SampleBar.layout, SampleLadder.layout])

    /// A message of consecutive updates, the first with the head's number.
    private func message(_ layout: UpdateLayout, _ updates: [[UInt8]], _ head: MessageHead) -> [UInt8] {
        let encoding = BinaryEncoding(layout)
        var buffer = ByteBuffer()
        let start = encoding.begin(head, into: &buffer)
        for update in updates { update.withRawSpan { encoding.append($0, to: &buffer) } }
        encoding.end(updates.count, at: start, in: &buffer)
        return buffer.withBytes { $0.array }
    }

    @Test func `every offset is as documented`() {
        #expect(MemoryLayout<UpdateHead>.size == 56 && MemoryLayout<MessageHead>.size == MessageHead.size)
        #expect(MemoryLayout<UpdateHead>.offset(of: \.number) == 0)
        #expect(MemoryLayout<UpdateHead>.offset(of: \.start) == 8)
        #expect(MemoryLayout<UpdateHead>.offset(of: \.end) == 16)
        #expect(MemoryLayout<UpdateHead>.offset(of: \.revision) == 24)
        #expect(MemoryLayout<UpdateHead>.offset(of: \.final) == 28)
        #expect(MemoryLayout<UpdateHead>.offset(of: \.bookState) == 29)
        #expect(MemoryLayout<UpdateHead>.offset(of: \.reason) == 30)
        #expect(MemoryLayout<UpdateHead>.offset(of: \.flags) == 31)
        #expect(MemoryLayout<UpdateHead>.offset(of: \.coverage) == 32)
        #expect(MemoryLayout<UpdateHead>.offset(of: \.gapSeconds) == 40)
        #expect(MemoryLayout<UpdateHead>.offset(of: \.inferredShare) == 48)
        for layout in [SampleBar.layout, SampleLadder.layout, Heartbeat.layout] {
            #expect(layout.size % 8 == 0)
        }
        #expect(MemoryLayout<Heartbeat>.size == Heartbeat.layout.size)
    }

    @Test func `a message begins with the SBE header`() {
        var chance = SeededChance(seed: 20)
        let update = Sample.bar(&chance, number: 5)
        let head = MessageHead(
            publishTime: Timestamp(nanoseconds: 2), position: 3, publisher: 4, firstNumber: 5, sizeStep: 6)
        let bytes = message(SampleBar.layout, [update], head)
        // Block length 40, template 901, schema 0x4D4C, version 1; five words; block length 104, one update.
        #expect(Array(bytes.prefix(8)) == [40, 0, 0x85, 3, 0x4C, 0x4D, 1, 0])
        #expect(Array(bytes[8..<48]) == (2...6).flatMap { [UInt8($0), 0, 0, 0, 0, 0, 0, 0] })
        #expect(Array(bytes[48..<52]) == [104, 0, 1, 0])
        #expect(Array(bytes[52...]) == update)
    }

    @Test func `decoding gives every bit back`() throws {
        var chance = SeededChance(seed: 21)
        for _ in 0..<Campaign.rounds(500, each: 2_000) {
            let first = chance.next() >> 1
            let count = 1 + chance.below(64)
            let bars = (0..<UInt64(count)).map { Sample.bar(&chance, number: first + $0) }
            let head = Sample.messageHead(&chance, firstNumber: first, sizeStep: 10)
            let back = try decoding.updates(message(SampleBar.layout, bars, head))
            #expect(back.head == head && back.updates == bars)
            let ladder = [Sample.ladder(&chance, number: first, limit: 40)]
            #expect(try decoding.updates(message(SampleLadder.layout, ladder, head)).updates == ladder)
        }
    }

    @Test func `another schema, version or template is refused by name`() {
        var chance = SeededChance(seed: 22)
        let head = Sample.messageHead(&chance, firstNumber: 1, sizeStep: 1)
        let good = message(SampleBar.layout, [Sample.bar(&chance, number: 1)], head)
        func refusal(_ offset: Int, _ byte: UInt8) -> WireError? {
            var bytes = good
            bytes[offset] = byte
            return #expect(throws: WireError.self) { _ = try decoding.updates(bytes) }
        }
        #expect(refusal(0, 48) == .blockLength(of: "message head", expected: 40, found: 48))
        #expect(refusal(2, 0) == .templateUnknown(0x300))
        #expect(refusal(4, 0) == .schemaUnknown(0x4D00))
        #expect(refusal(6, 2) == .versionUnknown(found: 2, known: 1))
        #expect(refusal(48, 96) == .blockLength(of: "bar", expected: 104, found: 96))
        #expect(refusal(50, 0) == .updateCount(0))
        #expect(refusal(50, 65) == .updateCount(65))
        #expect(refusal(50, 2) == .truncated(needed: 260, found: 156))
        #expect(refusal(52, 9) == .numberOutOfOrder(expected: 1, found: 9))
        #expect(throws: WireError.trailingBytes(1)) { _ = try decoding.updates(good + [0]) }
        #expect(throws: WireError.truncated(needed: 52, found: 0)) { _ = try decoding.updates([]) }
    }

    @Test func `a kind with groups comes alone`() {
        var chance = SeededChance(seed: 23)
        let head = Sample.messageHead(&chance, firstNumber: 1, sizeStep: 1)
        var bytes = message(SampleLadder.layout, [Sample.ladder(&chance, number: 1)], head)
        bytes += Sample.ladder(&chance, number: 2)
        bytes[50] = 2
        #expect(throws: WireError.updateCount(2)) { _ = try decoding.updates(bytes) }
    }

    @Test func `damaged messages never stop the reader`() {
        var chance = SeededChance(seed: 24 + Campaign.seed)
        let head = Sample.messageHead(&chance, firstNumber: 1, sizeStep: 1)
        let bars = message(SampleBar.layout, (1...3).map { Sample.bar(&chance, number: $0) }, head)
        let ladder = message(SampleLadder.layout, [Sample.ladder(&chance, number: 1)], head)
        for round in 0..<20_000 * Campaign.factor {
            var bytes = round % 2 == 0 ? bars : ladder
            for _ in 0...chance.below(3) {
                // Lengths and counts stand in front; most damage goes there.
                let range = chance.below(3) == 0 ? bytes.count : min(bytes.count, 60)
                bytes[chance.below(range)] =
                    [0, 1, 127, 255, UInt8(truncatingIfNeeded: chance.next())][chance.below(5)]
            }
            if chance.below(4) == 0 { bytes.removeLast(chance.below(bytes.count + 1)) }
            var total = 0
            if let back = try? decoding.updates(bytes) { total = back.updates.reduce(52) { $0 + $1.count } }
            #expect(total == 0 || total == bytes.count)
        }
        for _ in 0..<20_000 * Campaign.factor {
            let noise = (0..<chance.below(200)).map { _ in UInt8(truncatingIfNeeded: chance.next()) }
            _ = try? decoding.updates(noise)
            _ = try? decoding.updates(Array(bars.prefix(8)) + noise)
        }
    }
}
