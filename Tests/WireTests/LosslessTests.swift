import Memory
import TestPrograms
import Testing
import Wire

@Suite struct `Reading without a hole` {
    /// What a reader has made of a stream.
    private struct Diary {
        var numbers: [String: [UInt64]] = [:]
        var lost: [String: [Hole]] = [:]
        var unanswered = 0

        mutating func note(_ outcome: LosslessReader.Outcome) {
            switch outcome {
            case .deliver(let topic, let message, _, let skipping):
                guard !topic.hasPrefix("heartbeat/") else { return }
                let first = message.head.firstNumber
                numbers[topic, default: []] += (first + UInt64(skipping))..<(first + UInt64(message.count))
            case .duplicate: break
            case .lost(let topic, let hole): lost[topic, default: []].append(hole)
            case .unanswered: unanswered += 1
            case .unreadable(let topic, let error): Issue.record("\(topic) \(error)")
            }
        }
    }

    /// A reader, its diary, and a line that loses messages between it and the publisher.
    private struct Trial {
        var reader: LosslessReader
        var diary = Diary()
        var chance: SeededChance
        /// Of a hundred messages so many are lost, and so many come twice.
        var losses: Int
        var doubles = 5

        mutating func carry(_ message: (topic: String, payload: [UInt8]), from model: StreamModel) {
            // Heartbeats may get lost too.
            guard chance.below(100) >= losses else { return }
            for _ in 0...(chance.below(100) < doubles ? 1 : 0) { take(message, from: model) }
        }

        mutating func take(_ message: (topic: String, payload: [UInt8]), from model: StreamModel) {
            var diary = diary
            message.payload.withRawSpan { payload in
                reader.receive(topic: message.topic, payload, asking: { model.answer($0) }, { diary.note($0) })
            }
            self.diary = diary
        }
    }

    private static let prefixes: [[String]] = [[""], ["a/"], ["a/X/", "b/"]]

    @Test func `every number comes once and in order, whatever gets lost or doubled`() {
        for round in 0..<Campaign.rounds(300, each: 1_000) {
            let seed = Campaign.seed + UInt64(round)
            var chance = SeededChance(seed: seed)
            let prefixes = Self.prefixes[chance.below(3)]
            let model = StreamModel(seed: seed)
            model.answerLimit = 1 + chance.below(20)
            model.tellsNumbers = chance.below(4) > 0
            var trial = Trial(
                reader: LosslessReader(beginning: .oldest, prefixes: prefixes), chance: chance,
                losses: [5, 30, 80][chance.below(3)])
            for _ in 0..<40 {
                for message in model.publish() where StreamModel.matches(message.topic, prefixes) {
                    trial.carry(message, from: model)
                }
                if chance.below(4) == 0 { trial.carry(model.heartbeat(), from: model) }
                if chance.below(12) == 0 { model.restart(keepingJournal: true) }
            }
            // Two, because what was under way at the first is looked at with the second.
            for _ in 0..<2 { trial.take(model.heartbeat(), from: model) }
            let due = Dictionary(grouping: model.log.filter { StreamModel.matches($0.topic, prefixes) }) { $0.topic }
            #expect(trial.diary.numbers == due.mapValues { $0.map(\.number) }, "seed \(seed)")
            #expect(trial.diary.lost.isEmpty && trial.diary.unanswered == 0, "seed \(seed)")
        }
    }

    @Test func `from the first heartbeat on nothing is missing for a reader that begins now`() {
        for round in 0..<Campaign.rounds(200, each: 1_000) {
            let seed = Campaign.seed + UInt64(round)
            let model = StreamModel(seed: seed)
            var trial = Trial(
                reader: LosslessReader(beginning: .now, prefixes: [""]), chance: SeededChance(seed: seed), losses: 30)
            for _ in 0..<5 { for message in model.publish() { trial.carry(message, from: model) } }
            trial.take(model.heartbeat(), from: model)
            let begin = model.head
            for _ in 0..<20 {
                for message in model.publish() { trial.carry(message, from: model) }
                if trial.chance.below(3) == 0 { trial.carry(model.heartbeat(), from: model) }
            }
            for _ in 0..<2 { trial.take(model.heartbeat(), from: model) }
            for (topic, updates) in Dictionary(grouping: model.log, by: \.topic) {
                let numbers = trial.diary.numbers[topic] ?? []
                let due = updates.filter { $0.position > begin }.map(\.number)
                #expect(numbers.suffix(due.count) == due[...], "seed \(seed) \(topic)")
                #expect(zip(numbers, numbers.dropFirst()).allSatisfy { $0 + 1 == $1 }, "seed \(seed) \(topic)")
            }
        }
    }

    @Test func `what a journal has let go is lost by name, and reading goes on`() {
        var refusals = 0
        for round in 0..<Campaign.rounds(200, each: 1_000) {
            let seed = Campaign.seed + UInt64(round)
            let model = StreamModel(seed: seed)
            var trial = Trial(
                reader: LosslessReader(beginning: .oldest, prefixes: [""]), chance: SeededChance(seed: seed), losses: 50
            )
            for _ in 0..<30 {
                for message in model.publish() { trial.carry(message, from: model) }
                if trial.chance.below(6) == 0, model.head > 5 { model.oldest = max(model.oldest, model.head - 5) }
                if trial.chance.below(4) == 0 { trial.carry(model.heartbeat(), from: model) }
            }
            for _ in 0..<2 { trial.take(model.heartbeat(), from: model) }
            for (topic, updates) in Dictionary(grouping: model.log, by: \.topic) {
                let holes = (trial.diary.lost[topic] ?? []).flatMap { Array($0.expected..<$0.received) }
                let numbers = trial.diary.numbers[topic] ?? []
                #expect((numbers + holes).sorted() == updates.map(\.number), "seed \(seed) \(topic)")
                #expect(numbers == numbers.sorted(), "seed \(seed) \(topic)")
            }
            if model.hasRefused { refusals += 1 }
            #expect(model.hasRefused || trial.diary.lost.isEmpty)
        }
        #expect(refusals > 0)
    }

    @Test func `a publisher without a past is read from its beginning`() {
        for round in 0..<Campaign.rounds(100, each: 1_000) {
            let seed = Campaign.seed + UInt64(round)
            let model = StreamModel(seed: seed)
            var trial = Trial(
                reader: LosslessReader(beginning: .oldest, prefixes: [""]), chance: SeededChance(seed: seed), losses: 20
            )
            for _ in 0..<30 { for message in model.publish() { trial.carry(message, from: model) } }
            for _ in 0..<2 { trial.take(model.heartbeat(), from: model) }
            model.restart(keepingJournal: false)
            trial.diary = Diary()
            // A topic counts from 1 again, and the reader sees that by what comes: fewer than before.
            for _ in 0..<3 { for message in model.publish() { trial.carry(message, from: model) } }
            for _ in 0..<2 { trial.take(model.heartbeat(), from: model) }
            let due = Dictionary(grouping: model.log, by: \.topic).mapValues { $0.map(\.number) }
            #expect(trial.diary.numbers == due, "seed \(seed)")
        }
    }

    @Test func `what a topic lacked before the first heartbeat comes too, though all behind is asked for at once`() {
        let topic = "a/X/"
        for round in 0..<Campaign.rounds(50, each: 200) {
            let seed = Campaign.seed + UInt64(round)
            let model = StreamModel(seed: seed)
            var trial = Trial(
                reader: LosslessReader(beginning: .now, prefixes: [""]), chance: SeededChance(seed: seed), losses: 0)
            // From its second message on the topic is lost, and soon so is every other message of all others.
            while model.head < 60 {
                for message in model.publish() where message.topic != topic || trial.diary.numbers[topic] == nil {
                    trial.take(message, from: model)
                }
            }
            trial.take(model.heartbeat(), from: model)
            var count = 0
            while model.head < 400 {
                for message in model.publish() where message.topic != topic {
                    count += 1
                    if count.isMultiple(of: 2) { trial.take(message, from: model) }
                }
            }
            for _ in 0..<2 { trial.take(model.heartbeat(), from: model) }
            let numbers = trial.diary.numbers[topic] ?? []
            let last = model.log.last { $0.topic == topic }?.number ?? 0
            #expect(numbers == Array((numbers.first ?? 1)...last) && trial.diary.lost.isEmpty, "seed \(seed)")
        }
    }

    @Test func `a replay that says nothing costs what was missing, and no more`() {
        let model = StreamModel(seed: 3)
        var diary = Diary()
        var reader = LosslessReader(beginning: .oldest, prefixes: [""])
        var chance = SeededChance(seed: 4)
        for _ in 0..<40 {
            for message in model.publish() + [model.heartbeat()] where chance.below(3) > 0 {
                message.payload.withRawSpan { payload in
                    reader.receive(topic: message.topic, payload, asking: { _ in nil }, { diary.note($0) })
                }
            }
        }
        #expect(diary.unanswered > 0)
        for (topic, numbers) in diary.numbers {
            let holes = (diary.lost[topic] ?? []).flatMap { Array($0.expected..<$0.received) }
            #expect((numbers + holes).sorted() == Array(1...(numbers.last ?? 0)) && numbers == numbers.sorted())
        }
    }

    @Test func `questions and answers come back as they were`() throws {
        let range = ReplayRange(publisher: .max, after: 3, upTo: 9, topics: ["a/\"x\"/", ""])
        let questions: [ReplayQuestion] = [
            .replay(range, limit: nil), .replay(range, limit: 5), .last(topics: []), .addresses,
            .numbers(topics: ["a/"], publisher: nil, after: 0), .numbers(topics: [], publisher: 7, after: 8),
        ]
        for question in questions { #expect(try ReplayQuestion(question.text) == question) }
        let numbers = ReplayNumbers(
            publishers: [ReplayNumbers.Publisher(id: 1, since: 2, head: 3)],
            topics: [ReplayNumbers.Line(topic: "a/b/", publisher: 1, number: 4, position: 5)], left: 6)
        var answers: [ReplayAnswer] = [
            .replay(ReplayAnswer.Coverage(publisher: 1, after: 2, position: 3, oldest: 4, head: 5, messages: 6)),
            .numbers(numbers), .last(messages: 2, left: 1), .addresses(#"[{"node":"a"}]"#),
        ]
        answers += ReplayAnswer.Reason.allCases.map { .refused(ReplayAnswer.Refusal($0, oldest: 1, head: nil)) }
        for answer in answers { #expect(try ReplayAnswer(answer.text) == answer) }
        for junk in ["", "{", "[]", "{}", #"{"ask":"more"}"#, #"{"ask":"replay","publisher":"x"}"#, "{\"ask\":3}"] {
            #expect(throws: WireError.self) { try ReplayQuestion(Array(junk.utf8)) }
        }
    }
}
