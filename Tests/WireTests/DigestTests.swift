import Crypto
import Market
import Memory
import TestPrograms
import Testing
import Updates
import Wire

@Suite struct `Digests` {
    private let table = TopicTable([
        TopicEntry(prefix: "bar/1m/", layout: SampleBar.layout),
        TopicEntry(prefix: "ladder/", layout: SampleLadder.layout),
    ])
    private static let subjects = ["ES", "BTC/USD"].map { Sample.subject($0) }

    @Test func `the hash is the standard's`() {
        var hash = SHA256()
        #expect(hexadecimal(hash.value) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        Array("a".utf8).withRawSpan { hash.append($0) }
        Array("bc".utf8).withRawSpan { hash.append($0) }
        #expect(hexadecimal(hash.value) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    @Test func `records, binary messages and JSON messages give one digest`() throws {
        var chance = SeededChance(seed: 40)
        var outbox = Outbox()
        var byRecord = Digest()
        var byBinary = Digest()
        var byJSON = Digest()
        let source = byRecord.add(table)
        let binary = BinaryDecoding([SampleBar.layout])
        for number in UInt64(1)...200 {
            let symbol = chance.below(2)
            outbox.append(
                SampleBar.random(&chance), head: Sample.head(&chance, number: number), slot: 0, template: 901,
                symbol: UInt32(symbol))
            var update: [UInt8] = []
            outbox.forEach { update = $1.array }
            outbox.withBytes { byRecord.append(records: $0, from: source) { Self.subjects[Int($0)] } }
            outbox.removeAll()
            let subject = Self.subjects[symbol]
            let topic = Topic(prefix: "bar/1m/", subject: subject).text
            let head = Sample.messageHead(&chance, firstNumber: number, sizeStep: 1)
            var message = ByteBuffer()
            update.withRawSpan { BinaryEncoding(SampleBar.layout).encode($0, head: head, into: &message) }
            for back in try binary.updates(message.withBytes { $0.array }).updates {
                back.withRawSpan { byBinary.append($0, topic: topic) }
            }
            let text = try JSONEncoding(SampleBar.layout).text(update, of: subject, head: head)
            let back = try JSONDecoding(SampleBar.layout).decode(text, sizeStep: 1)
            back.bytes.withRawSpan { byJSON.append($0, topic: topic) }
        }
        let text = byRecord.text()
        #expect(text == byBinary.text() && text == byJSON.text())
        let lines = text.split(separator: "\n")
        #expect(lines.count == 3 && lines[0].hasPrefix("bar/1m/BTC%2FUSD/ ") && lines[2].hasPrefix("* 200 "))
        var all = SHA256()
        Array((lines[0] + "\n" + lines[1] + "\n").utf8).withRawSpan { all.append($0) }
        #expect(lines[2] == "* 200 \(hexadecimal(all.value))")
    }

    @Test func `one bit makes another digest`() {
        var chance = SeededChance(seed: 41)
        var update = Sample.bar(&chance)
        var texts: Set<String> = []
        for _ in 0..<2 {
            var digest = Digest()
            update.withRawSpan { digest.append($0, topic: "bar/ES/") }
            texts.insert(digest.text())
            update[60] ^= 1
        }
        #expect(texts.count == 2)
    }

    @Test func `a digest that left something out says so`() {
        var digest = Digest(topicLimit: 1)
        for topic in ["a/b/", "a/c/", "a/b/"] {
            [UInt8](repeating: 0, count: 56).withRawSpan { digest.append($0, topic: topic) }
        }
        #expect(digest.leftOut == 1)
        #expect(digest.text().hasSuffix(" incomplete: 1 updates beyond the topic limit\n"))
    }

    private func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
