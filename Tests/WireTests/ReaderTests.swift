import Market
import TestPrograms
import Testing
import Wire

@Suite struct `Reading numbers` {
    private func hole(_ expected: UInt64, _ received: UInt64) -> Hole { Hole(expected: expected, received: received) }

    @Test func `the latest takes a hole as conflation`() {
        var reader = TopicReader(delivery: .latest)
        #expect(reader.state == .behind)
        var actions = [reader.receive(7), reader.receive(8), reader.receive(8), reader.receive(11)]
        #expect(actions == [.deliver(skipping: 0), .deliver(skipping: 0), .duplicate, .hole(hole(9, 11))])
        actions = [reader.receive(12), reader.receive(3)]
        #expect(actions == [.deliver(skipping: 0), .duplicate])
        #expect(reader.missing == 2 && reader.duplicates == 2 && reader.next == 13 && reader.state == .live)
    }

    @Test func `lossless delivers nothing behind a hole until the replay has filled it`() {
        var reader = TopicReader(delivery: .lossless, next: 5)
        var actions = [reader.receive(5), reader.receive(8), reader.receive(9)]
        #expect(actions == [.deliver(skipping: 0), .hole(hole(6, 8)), .hole(hole(6, 9))])
        #expect(reader.state == .catchingUp && reader.missing == 0)
        actions = [reader.receive(6, count: 2), reader.receive(8)]
        #expect(actions == [.deliver(skipping: 0), .deliver(skipping: 0)])
        #expect(reader.state == .catchingUp)
        let last = reader.receive(9)
        #expect(last == .deliver(skipping: 0) && reader.state == .live)
    }

    @Test func `a message that is partly old is delivered from its first new update on`() {
        var reader = TopicReader(delivery: .lossless, next: 5)
        let first = reader.receive(3, count: 4)
        let second = reader.receive(2, count: 5)
        #expect(first == .deliver(skipping: 2) && second == .duplicate && reader.next == 7)
    }

    @Test func `whatever is lost, doubled or replayed, each number is delivered once and in order`() {
        var chance = SeededChance(seed: 31)
        for _ in 0..<2_000 {
            var reader = TopicReader(delivery: .lossless, next: 1)
            var delivered: [UInt64] = []
            let head = UInt64(1 + chance.below(60))
            var position: UInt64 = 1
            while position <= head || reader.next <= head {
                // Live, with losses; a hole sends the position back to where the replay begins.
                let count = 1 + chance.below(4)
                if position <= head, chance.below(4) != 0 {
                    switch reader.receive(position, count: count) {
                    case .deliver(let skipped):
                        delivered += (position + UInt64(skipped))..<(position + UInt64(count))
                    case .hole(let hole):
                        position = hole.expected - UInt64(chance.below(Int(min(hole.expected, 3))))
                        if position == 0 { position = 1 }
                        continue
                    case .duplicate: break
                    }
                }
                position = position > head ? reader.next : position + UInt64(count)
            }
            #expect(delivered == Array(1..<reader.next))
        }
    }

    @Test func `no number stops a reader`() {
        var chance = SeededChance(seed: 32)
        let numbers: [UInt64] = [0, 1, 2, .max, .max - 1, 1 << 63]
        for delivery in [Delivery.latest, .lossless] {
            var reader = TopicReader(delivery: delivery)
            var stream = StreamReader(delivery: delivery, topicLimit: 2)
            for _ in 0..<20_000 {
                let number = numbers[chance.below(6)]
                _ = reader.receive(number, count: 1 + chance.below(3))
                if chance.below(5) == 0 { reader.publisherChanged(first: numbers[chance.below(6)]) }
                let head = MessageHead(
                    publishTime: Timestamp(nanoseconds: 0), position: numbers[chance.below(6)],
                    publisher: numbers[chance.below(2)], firstNumber: number, sizeStep: 1)
                _ = stream.receive(topic: ["a/b/", "a/c/", "a/d/"][chance.below(3)], head: head, count: 64)
                _ = stream.receiveHeartbeat(publisher: numbers[chance.below(2)], headPosition: numbers[chance.below(6)])
            }
        }
    }

    private func head(_ number: UInt64, position: UInt64, publisher: UInt64 = 1) -> MessageHead {
        MessageHead(
            publishTime: Timestamp(nanoseconds: 0), position: position, publisher: publisher, firstNumber: number,
            sizeStep: 1)
    }

    @Test func `a heartbeat shows a loss at the tail`() {
        var reader = StreamReader(delivery: .latest)
        let before = reader.receiveHeartbeat(publisher: 1, headPosition: 40)
        #expect(before == nil)
        _ = reader.receive(topic: "bar/A/", head: head(3, position: 41), count: 2)
        // A message says where its first update stands, and so does a heartbeat of the last message.
        let whole = reader.receiveHeartbeat(publisher: 1, headPosition: 41)
        let lost = reader.receiveHeartbeat(publisher: 1, headPosition: 45)
        let known = reader.receiveHeartbeat(publisher: 1, headPosition: 45)
        #expect(whole == nil && lost == hole(42, 46) && known == nil)
    }

    @Test func `a new run of the publisher may begin anew or go on`() {
        var reader = StreamReader(delivery: .latest)
        _ = reader.receive(topic: "bar/A/", head: head(9, position: 1), count: 1)
        _ = reader.receive(topic: "bar/B/", head: head(9, position: 2), count: 1)
        let anew = reader.receive(topic: "bar/A/", head: head(1, position: 1, publisher: 2), count: 1)
        let going = reader.receive(topic: "bar/B/", head: head(12, position: 2, publisher: 2), count: 1)
        #expect(anew == .deliver(skipping: 0) && going == .hole(hole(10, 12)) && reader.restarts == 1)
        #expect(reader.reader(of: "bar/A/")?.next == 2)
    }

    @Test func `topics beyond the limit are not followed`() {
        var reader = StreamReader(delivery: .latest, topicLimit: 1)
        _ = reader.receive(topic: "bar/A/", head: head(1, position: 1), count: 1)
        let second = reader.receive(topic: "bar/B/", head: head(1, position: 2), count: 1)
        #expect(second == nil)
    }
}
