import Foundation
import Graph
import Journal
import Market
import Rings
import TestPrograms
import Testing
import ZeroMQ

@testable import Engine
@testable import Links

/// What either side of a link takes the other's word for.
@Suite struct `The word of the other side` {
    private let told = Guarded<[String]>([])

    private func journal(_ writer: ScriptedWriter) throws -> LinkedJournal {
        let told = told
        let world = World(
            stopping: Signal(), now: { Timestamp(nanoseconds: Seat.wallClock) }, sleep: { _ in }, chance: { 5 },
            tell: { line in told.withLock { $0.append(line) } })
        return try LinkedJournal(
            DistantJournal(name: "market", content: .events, reader: "flow", at: writer.link), token: 5,
            in: Context(), curve: nil, world)
    }

    /// Has the writer answer one question after the other, and reads what comes of each.
    private func read(_ journal: LinkedJournal, _ writer: ScriptedWriter, _ answers: [LinkAnswer]) throws {
        for answer in answers {
            _ = try journal.next { _, _ in }
            #expect(try writer.answer { _ in answer })
            try journal.wait(atMost: 10_000_000_000)
        }
        while try journal.next({ _, _ in }) {}
    }

    @Test func `a writer that has lost what was read ends the reading, whatever it wrote since`() throws {
        let writer = try ScriptedWriter()
        let journal = try journal(writer)
        try read(
            journal, writer, [ScriptedWriter.opening(head: 10), ScriptedWriter.events(from: 1, count: 10, head: 10)])
        #expect(journal.position == 10)
        // It came back with six of them, and has written fourteen others behind those.
        var answer = ScriptedWriter.events(from: 11, count: 10, head: 20, run: 2)
        answer.beginning = 6
        #expect(throws: JournalError.ahead(head: 6)) { try read(journal, writer, [answer]) }
        answer.beginning = 10
        #expect(throws: Never.self) {
            let other = try ScriptedWriter()
            let journal = try self.journal(other)
            try read(
                journal, other,
                [ScriptedWriter.opening(head: 10), ScriptedWriter.events(from: 1, count: 10, head: 10), answer])
            #expect(journal.position == 20)
        }
    }

    @Test func `what are no records of the journal is refused by name`() throws {
        var broken: [LinkAnswer] = []
        var answer = ScriptedWriter.events(from: 1, count: 4, head: 10)
        answer.records.removeLast()
        broken.append(answer)
        answer = ScriptedWriter.events(from: 1, count: 4, head: 10)
        answer.count = 5
        broken.append(answer)
        answer = ScriptedWriter.events(from: 1, count: 4, head: 10)
        answer.definitions = [JournalDefinition(kind: .symbol, key: .max, bytes: [1])]
        broken.append(answer)
        for answer in broken {
            let writer = try ScriptedWriter()
            let journal = try journal(writer)
            let error = #expect(throws: LinkRefused.self) {
                try read(journal, writer, [ScriptedWriter.opening(head: 10), answer])
            }
            #expect(error?.description.contains("sends what are no records of market") ?? false)
        }
    }

    @Test func `an answer that lay here for long tells nothing of clocks`() throws {
        let writer = try ScriptedWriter()
        let journal = try journal(writer)
        _ = try journal.next { _, _ in }
        var answer = ScriptedWriter.opening(head: 3)
        answer.now = Timestamp(nanoseconds: answer.now.nanoseconds - 60_000_000_000)
        #expect(try writer.answer { _ in answer })
        // As long as a question is waited for: its answer is of another time.
        Thread.sleep(forTimeInterval: Double(LinkLimits.silence) / 1e9 + 0.2)
        try journal.wait(atMost: 1_000_000_000)
        #expect(journal.isOpen && told.withLock { $0 }.isEmpty)
    }

    @Test func `a refusal by a writer of another version is understood`() {
        var answer = LinkAnswer(.refused, to: 9)
        answer.text = "speaks version 7"
        var frames = answer.frames
        frames[0][0] = 7
        frames[0].append(contentsOf: [1, 2, 3])
        #expect(LinkAnswer(frames)?.text == "speaks version 7")
        frames[0][2] = 0
        #expect(LinkAnswer(frames) == nil)
    }

    @Test func `what a reader kept of another journal, or never can have, lets nothing go here`() throws {
        let trial = try ServedTrial()
        var named: Set<UInt32> = []
        try trial.append([1, 2, 3], named: &named)
        let readers = [ServedReader(name: "reader", wants: { _ in true }, progress: ReaderProgress())]
        let served = ServedJournal(
            name: "market", content: .events, folder: trial.folder.path() + "/journal", progress: trial.progress,
            readers: readers, isTheirs: true)
        let session = LinkSession(served, readers[0], token: 1)
        var question = LinkQuestion(
            wire: 1, number: 1, token: 1, name: "market", reader: "reader", content: 1, byteLimit: 0, patience: 1)
        (question.held, question.journal) = (2, 78)
        let asked = try askedQuestion()
        session.note(question, asked, at: 1)
        #expect(session.answer(to: question).status == .refused)
        session.note(question, asked, at: 2)
        #expect(trial.progress.spare.value == 0)
        (question.held, question.journal) = (900, 77)
        // One batch at least, whatever the limit.
        #expect(session.answer(to: question).count == 3)
        session.note(question, asked, at: 3)
        #expect(trial.progress.spare.value == 3)
    }

    @Test func `whoever waits for a journal is woken when it is opened, grows or ends, and by nothing else`() throws {
        let (progress, bell) = (JournalProgress(), Bell())
        func isRung(after deed: () -> Void) throws -> Bool {
            bell.arm()
            deed()
            var places = PollList()
            places.add(descriptor: bell.descriptor)
            return try places.wait(within: .zero) == [0]
        }
        progress.ring(bell)
        #expect(try isRung { progress.note(head: 0, isSynced: true, byteCount: 0) })
        #expect(try !isRung { progress.note(head: 0, isSynced: true, byteCount: 0) })
        #expect(try isRung { progress.note(head: 3, isSynced: false, byteCount: 9) })
        #expect(try !isRung { progress.note(head: 3, isSynced: true, byteCount: 9) })
        #expect(try isRung { progress.end() })
        #expect(progress.beginning.value == 0 && progress.head.value == 3 && progress.ending.isRaised)
    }

    /// Any question, for its way back.
    private func askedQuestion() throws -> AskedQuestion {
        let context = try Context()
        var socket = try AnswerSocket(in: context, limits: LinkLimits.questions)
        try socket.bind(to: "inproc://any")
        var asker = try QuestionSocket(in: context)
        try asker.connect(to: "inproc://any")
        try asker.send([1])
        #expect(try socket.hasMessage(within: .seconds(10)))
        let asked = try socket.next()
        return try #require(asked)
    }
}
