import Foundation
import Journal
import Market
import Memory
import Rings
import TestPrograms
import Testing
import Updates
import Wire
import ZeroMQ

@testable import Engine
@testable import Links

enum RecordBytes {
    static func event(in bytes: RawSpan, at index: Int) -> MarketEvent { RecordReader.event(in: bytes, at: index) }
}

/// A journal read by another process.
@Suite struct `Linked journals` {
    private func open(_ journal: any ReadableJournal) throws {
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(20)
        while !journal.isOpen, clock.now < deadline { try journal.wait(atMost: 5_000_000) }
        #expect(journal.isOpen)
    }

    @Test func `what is read over a link is what was written, while it is written`() throws {
        for seed in 0..<UInt64(Campaign.rounds(3, each: 3)) {
            var chance = SeededChance(seed: seed + Campaign.seed)
            let trial = try ServedTrial(segmentLimit: 4_096)
            var named: Set<UInt32> = []
            var written: [String] = []
            func write() throws {
                let symbols = (0...chance.below(90)).map { _ in UInt32(chance.below(40)) }
                written += symbols.map(ServedTrial.name)
                try trial.append(symbols, named: &named)
            }
            try write()
            try trial.serve()
            let journal = try trial.open()
            try open(journal)
            #expect(journal.id == 77)
            var read = ReadEvents()
            for round in 0..<60 {
                try write()
                if round % 7 == 0 { try read.read(journal, upTo: trial.writer.head, within: .seconds(20)) }
                // The serving process dies and another takes its place.
                if chance.below(15) == 0 {
                    trial.stop()
                    try trial.serve()
                }
            }
            try read.read(journal, upTo: trial.writer.head, within: .seconds(30))
            #expect(read.names == written)
            #expect(read.numbers == Array(1...trial.writer.head))
        }
    }

    @Test func `readers of parts get every event once between them, under its own number`() throws {
        let trial = try ServedTrial()
        var named: Set<UInt32> = []
        var chance = SeededChance(seed: 9)
        for _ in 0..<40 { try trial.append((0..<50).map { _ in UInt32(chance.below(30)) }, named: &named) }
        @Sendable func isOdd(_ name: String) -> Bool { (Int(name.dropFirst(3)) ?? 0) % 2 == 1 }
        try trial.serve(["odd": { isOdd($0) }, "even": { !isOdd($0) }])
        var all: [UInt64] = []
        for (reader, odd) in [("odd", true), ("even", false)] {
            let journal = try trial.open(reader)
            var read = ReadEvents()
            try read.read(journal, upTo: trial.writer.head, within: .seconds(20))
            #expect(journal.position == trial.writer.head)
            #expect(read.names.allSatisfy { isOdd($0) == odd })
            #expect(read.numbers == read.numbers.sorted())
            all += read.numbers
        }
        #expect(all.sorted() == Array(1...2_000))
    }

    @Test func `a reader goes behind any place, and is told where that is gone or not there yet`() throws {
        let trial = try ServedTrial(segmentLimit: 2_048)
        var named: Set<UInt32> = []
        for _ in 0..<50 { try trial.append([1, 2, 3, 4], named: &named) }
        try trial.trim(before: 100)
        try trial.serve()
        let journal = try trial.open()
        try open(journal)
        #expect(journal.oldest > 1)
        #expect(throws: JournalError.self) { try journal.seek(behind: 3) }
        for place in [150, 199, 199] as [UInt64] {
            try journal.seek(behind: place)
            var read = ReadEvents()
            try read.read(journal, upTo: 200, within: .seconds(20))
            #expect(read.numbers == Array(place + 1...200))
        }
        try journal.seek(behind: 0)
        var read = ReadEvents()
        try read.read(journal, upTo: 200, within: .seconds(20))
        #expect(read.numbers == Array(journal.oldest...200))
        try journal.seek(behind: 900)
        #expect(throws: JournalError.ahead(head: 200)) {
            while true {
                _ = try journal.next { _, _ in }
                try journal.wait(atMost: 5_000_000)
            }
        }
    }

    @Test func `who asks for what is not there is told what is`() throws {
        let trial = try ServedTrial()
        var named: Set<UInt32> = []
        try trial.append([1], named: &named)
        try trial.serve()
        for (reader, name, text) in [
            ("reader", "marked", "has no journal of marked for others; it has those of market"),
            ("rider", "market", "does not know rider as a reader of market, only reader"),
        ] {
            let journal = try trial.open(reader, name: name)
            let error = #expect(throws: LinkRefused.self) { while true { try journal.wait(atMost: 5_000_000) } }
            #expect(error?.description.contains(text) ?? false, "\(String(describing: error))")
        }
    }

    @Test func `a clock that is an hour off is told once`() throws {
        let trial = try ServedTrial()
        trial.clockAhead = 3_600_000_000_000
        var named: Set<UInt32> = []
        try trial.append([1, 2], named: &named)
        try trial.serve()
        let journal = try trial.open()
        var read = ReadEvents()
        try read.read(journal, upTo: 2, within: .seconds(20))
        let told = trial.told.withLock { $0 }
        #expect(told.count == 1)
        #expect(told.first?.contains("ahead of this process's") ?? false, "\(told)")
        #expect(told.first?.contains("s ahead") ?? false)
    }

    /// Asks once by hand and returns what comes.
    private func ask(_ address: String, _ message: [UInt8]) throws -> LinkAnswer? {
        var socket = try QuestionSocket(in: Context())
        try socket.connect(to: address)
        try socket.send(message)
        guard let frames = try socket.receive(within: .seconds(10)) else { return nil }
        return LinkAnswer(frames)
    }

    private func question(_ token: UInt64) -> LinkQuestion {
        LinkQuestion(
            wire: WireFormat.version, number: 5, token: token, name: "market", reader: "reader", content: 1,
            byteLimit: 1 << 16, patience: 100)
    }

    @Test func `another version is refused by name, and so is another process under the same name`() throws {
        let trial = try ServedTrial()
        var named: Set<UInt32> = []
        try trial.append([1], named: &named)
        try trial.serve()
        var other = question(1)
        other.version = 9
        #expect(try ask(trial.address, other.bytes)?.text.contains("speaks version 2") ?? false)
        other = question(1)
        other.wire = 900
        #expect(try ask(trial.address, other.bytes)?.text.contains("not 2 with 900") ?? false)
        #expect(try ask(trial.address, question(1).bytes)?.status == .whole)
        #expect(try ask(trial.address, question(2).bytes)?.status == .taken)
    }

    @Test func `questions and answers come out as they went in, and broken ones as none`() {
        var chance = SeededChance(seed: 3 + Campaign.seed)
        for _ in 0..<Campaign.rounds(300, each: 300) {
            var question = question(chance.next())
            (question.after, question.held, question.journal) = (chance.next(), chance.next(), chance.next())
            (question.known, question.flags) = (UInt32(chance.below(9_999)), UInt32(chance.below(4)))
            #expect(LinkQuestion(question.bytes) == question)
            var answer = LinkAnswer(.whole, to: chance.next())
            (answer.journal, answer.first, answer.last) = (chance.next(), chance.next(), chance.next())
            (answer.count, answer.definitionsFrom) = (chance.below(1 << 20), chance.below(1 << 20))
            answer.definitions = (0..<chance.below(5)).map { key in
                JournalDefinition(
                    kind: .symbol, key: UInt32(key), bytes: [UInt8](repeating: 7, count: chance.below(40)))
            }
            answer.records = (0..<chance.below(90)).map { _ in UInt8(chance.below(256)) }
            let back = LinkAnswer(answer.frames)
            #expect(back?.frames == answer.frames)
            #expect(back?.definitions == answer.definitions)
            for frames in [[question.bytes], answer.frames] {
                var broken = frames
                let frame = chance.below(broken.count)
                guard !broken[frame].isEmpty else { continue }
                if chance.below(2) == 0 {
                    broken[frame].removeLast(1 + chance.below(broken[frame].count))
                } else {
                    broken[frame][chance.below(broken[frame].count)] ^= UInt8(1 + chance.below(255))
                }
                // Whatever comes of it, it is no trap.
                _ = LinkQuestion(broken[0])
                _ = LinkAnswer(broken)
            }
        }
    }
}
