import Analytics
import Market
import Memory
import TestPrograms
import Testing
import Updates
import Wire

@testable import millrace

/// What tap makes of messages, without a socket.
@Suite struct `The tap's reader` {
    private let topic = "cvd/BTC%2FUSD/"

    @Test func `a hole is told once with both numbers`() throws {
        let outcome = try read(TapChoices(), [message(1...2), message(3...3), message(7...8), message(9...9)])
        #expect(outcome.warnings == ["HOLE \(topic) expected 4 received 7"])
        #expect(outcome.lines.count == 6)
        #expect(outcome.counts.summary == "6 updates, 1 topic, 1 hole with 3 updates missing")
    }

    @Test func `what came before is not told again`() throws {
        let outcome = try read(TapChoices(), [message(1...3), message(2...4), message(1...2)])
        #expect(outcome.lines.map { $0.split(separator: " ")[3] } == ["#1", "#2", "#3", "#4"])
        #expect(outcome.counts.duplicates == 4 && outcome.warnings.isEmpty)
    }

    @Test func `a heartbeat tells of updates that never came`() throws {
        // A message says where its first update stands, and so does a heartbeat of the last message.
        let messages = [message(1...2), heartbeat(head: 1, number: 1), heartbeat(head: 5, number: 2)]
        let all = try read(TapChoices(), messages)
        #expect(all.warnings == ["TAIL heartbeat/public/ expected position 2 received 6"])
        #expect(all.counts.missingAtTail == 4 && all.lines.count == 2 && all.counts.heartbeats == 2)
        // A reader of some topics cannot tell its own from others'.
        let some = try read(TapChoices(topics: ["cvd/"]), messages)
        #expect(some.warnings.isEmpty && some.lines.count == 2)
        let shown = try read(TapChoices(topics: ["cvd/", "heartbeat/"]), messages)
        #expect(shown.lines.count == 4 && shown.lines[2].contains("headPosition 1"))
    }

    @Test func `a publisher that began anew is named`() throws {
        let outcome = try read(TapChoices(), [message(5...6), message(1...1, publisher: 2)])
        #expect(outcome.warnings == ["RESTART \(topic): another publisher goes on"])
        #expect(outcome.lines.count == 2 + 1 && outcome.counts.restarts == 1 && outcome.counts.holes == 0)
    }

    @Test func `binary becomes the JSON that a publisher would have sent`() throws {
        let lines = try read(TapChoices(printsJSON: true), [message(4...5)]).lines
        #expect(lines.count == 2)
        #expect(lines[1].hasPrefix(#"{"kind":"cvd","symbol":"BTC/USD","number":5,"revision":0,"final":true,"#))
        #expect(lines[1].contains(#""position":4,"publisher":"0000000000000001","cvd":0.05,"buy":0.05,"#))
    }

    @Test func `the count ends inside a message`() throws {
        let outcome = try read(TapChoices(count: 2), [message(1...3), message(4...4)])
        #expect(outcome.lines.count == 2 && outcome.counts.updates == 2 && outcome.isFull)
    }

    @Test func `what nobody understands is counted, and nothing stops`() throws {
        var torn = message(1...2)
        torn.payload.removeLast(5)
        let foreign = (topic: "weather/oslo/", payload: Array("sunny".utf8))
        let outcome = try read(TapChoices(), [torn, foreign, ("", []), message(3...3)])
        #expect(outcome.counts.unreadable == 3 && outcome.lines.count == 1)
        #expect(outcome.warnings.count == 3 && outcome.warnings.allSatisfy { $0.hasPrefix("UNREADABLE ") })
    }

    @Test func `another version is named once, with both, and counted always`() throws {
        var newer = message(1...2)
        newer.payload[6] = 2
        let outcome = try read(TapChoices(), [newer, newer, newer, message(3...3)])
        #expect(outcome.warnings == ["UNREADABLE \(topic): version 2 is unknown, expected 1"])
        #expect(outcome.counts.unreadable == 3 && outcome.lines.count == 1)
    }

    @Test func `a publisher whose clock is an hour off is named`() throws {
        let outcome = try read(
            TapChoices(), [heartbeat(head: 0, number: 1), heartbeat(head: 0, number: 2)],
            at: Timestamp(nanoseconds: 3_600 * Timestamp.second))
        let late = "the publisher's clock is 3599 s behind this machine's, or its messages are so late"
        #expect(outcome.warnings == ["CLOCK heartbeat/public/: \(late)"])
    }

    @Test func `a damaged message never stops the reader`() throws {
        var chance = SeededChance(seed: 61)
        var messages: [(topic: String, payload: [UInt8])] = []
        for _ in 0..<2_000 {
            var damaged = message(1...3)
            for _ in 0..<Int.random(in: 1...4, using: &chance) {
                damaged.payload[Int.random(in: 0..<damaged.payload.count, using: &chance)] = .random(
                    in: 0...255, using: &chance)
            }
            if Bool.random(using: &chance) {
                damaged.payload.removeLast(Int.random(in: 0..<damaged.payload.count, using: &chance))
            }
            messages.append(damaged)
        }
        for choices in [TapChoices(), TapChoices(printsJSON: true), TapChoices(makesDigest: true)] {
            _ = try read(choices, messages)
        }
    }

    @Test func `a digest of JSON is refused`() throws {
        let json = try read(TapChoices(printsJSON: true), [message(1...1)]).lines[0]
        #expect(throws: DigestOfJSON.self) { try read(TapChoices(makesDigest: true), [(topic, Array(json.utf8))]) }
        let again = try read(TapChoices(), [(topic, Array(json.utf8))])
        #expect(try again.lines == read(TapChoices(), [message(1...1)]).lines)
    }

    // MARK: Messages

    private struct Outcome {
        let lines: [String]
        let warnings: [String]
        let counts: TapCounts
        let isFull: Bool
    }

    private func read(
        _ choices: TapChoices, _ messages: [(topic: String, payload: [UInt8])],
        at now: Timestamp = Timestamp(nanoseconds: 1)
    ) throws -> Outcome {
        var reader = TapReader(choices, endpoints: 1)
        for message in messages {
            try Array(message.topic.utf8).withRawSpan { topic in
                try message.payload.withRawSpan { payload in
                    _ = try reader.receive(from: 0, topic, payload, at: now)
                }
            }
        }
        return Outcome(lines: reader.lines, warnings: reader.warnings, counts: reader.counts, isFull: reader.isFull)
    }

    /// Updates of the cumulative delta; positions are numbers.
    private func message(_ numbers: ClosedRange<UInt64>, publisher: UInt64 = 1) -> (topic: String, payload: [UInt8]) {
        let encoding = BinaryEncoding(CumulativeDeltaUpdate.layout)
        var buffer = ByteBuffer()
        let start = encoding.begin(head(numbers.lowerBound, numbers.lowerBound, publisher), into: &buffer)
        for number in numbers {
            var delta = CumulativeDelta()
            delta.add(quantity: Int64(number), sign: 1)
            var update = ByteBuffer()
            update.append(updateHead(number))
            update.append(CumulativeDeltaUpdate(delta))
            update.withBytes { encoding.append($0, to: &buffer) }
        }
        encoding.end(numbers.count, at: start, in: &buffer)
        return (topic, buffer.withBytes { $0.array })
    }

    private func heartbeat(head position: UInt64, number: UInt64) -> (topic: String, payload: [UInt8]) {
        var update = ByteBuffer()
        update.append(updateHead(number))
        update.append(
            Heartbeat(headPosition: Int64(position), updates: 0, messages: 0, byteCount: 0, subscriptions: 1))
        var buffer = ByteBuffer()
        let head = head(number, position, 1)
        update.withBytes { BinaryEncoding(Heartbeat.layout).encode($0, head: head, into: &buffer) }
        return ("heartbeat/public/", buffer.withBytes { $0.array })
    }

    private func head(_ number: UInt64, _ position: UInt64, _ publisher: UInt64) -> MessageHead {
        MessageHead(
            publishTime: Timestamp(nanoseconds: 1), position: position, publisher: publisher, firstNumber: number,
            sizeStep: 10_000_000)
    }

    private func updateHead(_ number: UInt64) -> UpdateHead {
        UpdateHead(
            number: number, start: Timestamp(nanoseconds: 0), end: Timestamp(nanoseconds: Timestamp.second),
            revision: 0,
            final: true, reason: .none, quality: .whole)
    }
}
