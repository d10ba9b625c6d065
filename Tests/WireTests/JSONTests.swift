import Foundation
import Market
import Memory
import TestPrograms
import Testing
import Updates
import Wire

@Suite struct `JSON messages` {
    private let subject = Sample.subject("BTC/USD")

    @Test func `a message reads as documented`() throws {
        let bar = SampleBar(
            open: Price(billionths: 61_800_300_000_000), volume: Quantity(steps: 1_500), trades: 42, mean: 61_799.25,
            seenAt: Timestamp(nanoseconds: 1_723_161_255_030_314_667), marks: 5, isLive: 1, side: 2)
        var head = UpdateHead(
            number: 17, start: Timestamp(nanoseconds: 1_723_161_240_000_000_000),
            end: Timestamp(nanoseconds: 1_723_161_300_000_000_000), revision: 1, final: true, reason: .late,
            flags: [.coarsened], quality: Quality(coverage: 0.8, gapSeconds: 10, inferredShare: .nan, bookState: .whole)
        )
        let message = MessageHead(
            publishTime: Timestamp(nanoseconds: 1_723_161_255_100_000_000), position: 900, publisher: 0xFEED,
            firstNumber: 17, sizeStep: 1_000_000)
        let encoding = JSONEncoding(SampleBar.layout)
        #expect(
            try encoded(bar, head, message, encoding)
                == #"{"kind":"bar","symbol":"BTC/USD","number":17,"revision":1,"final":true,"#
                + #""start":"2024-08-08T23:54:00.000000000Z","end":"2024-08-08T23:55:00.000000000Z","#
                + #""quality":{"coverage":0.8,"gapSeconds":10,"inferredShare":null,"bookState":"whole"},"#
                + #""reason":"late","flags":["coarsened"],"publishTime":"2024-08-08T23:54:15.100000000Z","#
                + #""position":900,"publisher":"000000000000feed","open":61800.3,"volume":1.5,"trades":42,"#
                + #""mean":61799.25,"seenAt":"2024-08-08T23:54:15.030314667Z","marks":["auction","doubtful"],"#
                + #""isLive":true,"side":"sell"}"#)
        head.reason = 0
        head.flags = []
        let plain = try encoded(SampleBar(), head, message, encoding)
        #expect(!plain.contains("reason") && !plain.contains("flags"))
        #expect(plain.contains(#""open":null,"volume":0,"trades":0,"mean":0,"seenAt":null,"marks":[],"#))
    }

    @Test func `decoding gives every bit back`() throws {
        var chance = SeededChance(seed: 1)
        let bars = (JSONEncoding(SampleBar.layout), JSONDecoding(SampleBar.layout))
        let ladders = (JSONEncoding(SampleLadder.layout), JSONDecoding(SampleLadder.layout))
        for _ in 0..<Campaign.rounds(600, each: 3_000) {
            let step = [1, 10, 1_000_000, 1_000_000_000, 7, Int64.max][chance.below(6)]
            for (update, coder) in [(Sample.bar(&chance), bars), (Sample.ladder(&chance), ladders)] {
                let message = Sample.messageHead(&chance, firstNumber: 1, sizeStep: step)
                let text = try coder.0.text(update, of: subject, head: message)
                let back = try coder.1.decode(text, sizeStep: step)
                #expect(back.bytes == update, "\(String(decoding: text, as: UTF8.self))")
                #expect(back.subject == subject && back.publishTime == message.publishTime)
                #expect(back.position == message.position && back.publisher == message.publisher)
            }
        }
    }

    @Test func `names are escaped and read back`() throws {
        var chance = SeededChance(seed: 2)
        let update = Sample.bar(&chance)
        let message = Sample.messageHead(&chance, firstNumber: 1, sizeStep: 1)
        for name in [#"A"B\C"#, "ÄÖ/€", "𝄞"] {
            let subject = Subject.symbol(try #require(Symbol(name)))
            let text = try JSONEncoding(SampleBar.layout).text(update, of: subject, head: message)
            #expect(try JSONDecoding(SampleBar.layout).decode(text, sizeStep: 1).subject.name == name)
        }
        let node = try JSONEncoding(SampleBar.layout).text(update, of: .node("flow\u{1}"), head: message)
        #expect(String(decoding: node, as: UTF8.self).contains(#""node":"flow\u0001""#))
        #expect(try JSONDecoding(SampleBar.layout).decode(node, sizeStep: 1).subject == .node("flow\u{1}"))
    }

    @Test func `a message in another order is the same update`() throws {
        let text =
            #" {"isLive" : true, "marks":[ ], "flags":[7,"inputRevised"],"quality":{"bookState":"none","#
            + #""inferredShare":1.5e-3,"gapSeconds":0,"coverage":-0.0},"publisher":"00000000000000ff","#
            + #""side":"buy","position":3,"publishTime":"1970-01-01T00:00:00.000000001Z","#
            + #""node":"\u00e4\ud834\udd1e\/","#
            + #""kind":"bar","open":-1.000000001,"volume":2.50,"trades":-3,"mean":1E2,"seenAt":null,"#
            + #""number":9,"revision":2,"#
            + #""final":false,"start":null,"end":null} "#
        let update = try JSONDecoding(SampleBar.layout).decode(Array(text.utf8), sizeStep: 500_000_000)
        #expect(update.subject == .node("ä𝄞/") && update.publisher == 255)
        let canonical = try JSONEncoding(SampleBar.layout).text(
            update.bytes, of: update.subject,
            head: MessageHead(
                publishTime: update.publishTime, position: 3, publisher: 255, firstNumber: 9, sizeStep: 500_000_000))
        let back = String(decoding: canonical, as: UTF8.self)
        #expect(back.contains(#""coverage":-0.0,"gapSeconds":0,"inferredShare":0.0015"#))
        #expect(back.contains(#""flags":["inputRevised",7]"#))
        #expect(back.contains(#""open":-1.000000001,"volume":2.5,"trades":-3,"mean":100,"seenAt":null"#))
    }

    @Test func `a message that is not ours is refused with its reason`() throws {
        var chance = SeededChance(seed: 3)
        let message = Sample.messageHead(&chance, firstNumber: 1, sizeStep: 1)
        var update = Sample.bar(&chance)
        update.replaceSubrange(56..<64, with: [0, 202, 154, 59, 0, 0, 0, 0])
        let good = String(
            decoding: try JSONEncoding(SampleBar.layout).text(update, of: subject, head: message), as: UTF8.self)
        let decoding = JSONDecoding(SampleBar.layout)
        func refusal(_ old: String, _ new: String) -> WireError? {
            let range = good.range(of: old)
            #expect(range != nil, "\(old)")
            guard let range else { return nil }
            let text = good.replacingCharacters(in: range, with: new)
            return #expect(throws: WireError.self) { _ = try decoding.decode(Array(text.utf8), sizeStep: 1) }
        }
        #expect(refusal(#""kind":"bar""#, #""kind":"foo""#) == .kindMismatch(expected: "bar", found: "foo"))
        #expect(refusal(#""kind":"bar","#, "") == .fieldMissing("kind"))
        #expect(refusal(#""kind":"bar","#, #""kind":"bar","kind":"bar","#) == .fieldTwice("kind"))
        #expect(refusal(#""kind":"bar","#, #""kind":"bar","size":1,"#) == .fieldUnknown("size"))
        #expect(refusal(#""symbol":"BTC/USD","#, "") == .fieldMissing("symbol"))
        for price in ["1.0000000001", "1e3", "9223372037", #""1""#, "01", "+1", "", "1.", "true"] {
            let error = refusal(#""open":1,"#, #""open":\#(price),"#)
            #expect(error != nil, "\(price)")
        }
        #expect(refusal(#""BTC/USD""#, #""BTC\x""#) != nil)
        #expect(refusal(#""BTC/USD""#, #""\ud834""#) != nil)
    }

    @Test func `damaged text never stops the reader`() throws {
        var chance = SeededChance(seed: 4)
        let decoding = JSONDecoding(SampleLadder.layout)
        let message = Sample.messageHead(&chance, firstNumber: 1, sizeStep: 1)
        for _ in 0..<3_000 {
            var text = try JSONEncoding(SampleLadder.layout).text(Sample.ladder(&chance), of: subject, head: message)
            for _ in 0...chance.below(4) {
                switch chance.below(3) {
                case 0: text[chance.below(text.count)] = UInt8(truncatingIfNeeded: chance.next())
                case 1: text.removeSubrange(chance.below(text.count)...)
                default: text.insert(Array(#"{}[]",:0e-"#.utf8)[chance.below(10)], at: chance.below(text.count))
                }
                if text.isEmpty { break }
            }
            _ = try? decoding.decode(text, sizeStep: 1)
        }
        let deep = [UInt8](repeating: UInt8(ascii: "["), count: 200_000)
        #expect(throws: WireError.self) { try decoding.decode(Array(#"{"rows":"#.utf8) + deep, sizeStep: 1) }
    }

    @Test func `an update that is not as long as its layout says is refused`() throws {
        var chance = SeededChance(seed: 5)
        let message = Sample.messageHead(&chance, firstNumber: 1, sizeStep: 1)
        for update in (0..<10).map({ _ in Sample.ladder(&chance) }) {
            expectCut(update, message)
        }
    }

    /// Every shorter form of an update must be refused as cut off.
    private func expectCut(_ update: [UInt8], _ message: MessageHead) {
        for count in 0..<update.count {
            let error = #expect(throws: WireError.self) {
                try JSONEncoding(SampleLadder.layout).text(Array(update.prefix(count)), of: subject, head: message)
            }
            guard case .truncated(let needed, count) = error, needed > count else {
                Issue.record("\(String(describing: error)) for \(count) bytes")
                continue
            }
        }
    }

    private func encoded(
        _ bar: SampleBar, _ head: UpdateHead, _ message: MessageHead, _ encoding: JSONEncoding
    ) throws -> String {
        var outbox = Outbox()
        outbox.append(bar, head: head, slot: 0, template: 901, symbol: 0)
        var update: [UInt8] = []
        outbox.forEach { update = $1.array }
        return String(decoding: try encoding.text(update, of: subject, head: message), as: UTF8.self)
    }
}
