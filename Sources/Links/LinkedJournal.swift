internal import Engine
internal import Journal
internal import Market
internal import Memory
internal import Rings
internal import Wire
internal import ZeroMQ

/// A journal that another process keeps and sends: asks ahead by one answer, and asks again where an answer was lost.
final class LinkedJournal: ReadableJournal {
    private static let answerLimit = 2

    private let journal: DistantJournal
    private let token: UInt64
    private let world: World
    private var socket: DealerSocket
    private var asked: (number: UInt64, at: Int64)?
    private var lastNumber: UInt64 = 0
    /// Answers that nobody has taken yet, the place behind the last of them, and the definitions known there.
    private var answers: [LinkAnswer] = []
    private var asksBehind: UInt64 = 0
    private var knownThere = 0
    private var held: UInt64 = 0
    private var takenSince: Int64?
    private var hasToldClock = false

    private(set) var isOpen = false
    private(set) var id: UInt64 = 0
    private(set) var position: UInt64 = 0
    private(set) var oldest: UInt64 = 0
    private(set) var head: UInt64 = 0
    private(set) var synced: UInt64 = 0
    private(set) var isEnded = false
    private(set) var definitions: [JournalDefinition] = []

    init(_ journal: DistantJournal, token: UInt64, in context: Context, _ world: World) throws {
        self.journal = journal
        self.token = token
        self.world = world
        socket = try DealerSocket(
            in: context, limits: RouterSocket.Limits(queueLimit: LinkLimits.queue, messageLimit: LinkLimits.message))
        try socket.connect(to: journal.address)
    }

    func seek(behind position: UInt64) throws {
        if position > 0, position < max(oldest, 1) - 1 { throw JournalError.trimmed(oldest: oldest) }
        // A reader that wants the oldest record begins behind what is gone.
        let place = position == 0 ? max(oldest, 1) - 1 : position
        (self.position, asksBehind, knownThere) = (place, place, 0)
        answers.removeAll()
        definitions.removeAll()
        asked = nil
    }

    func next(_ body: (JournalBatch, RawSpan) throws -> Void) throws -> Bool {
        try pump(.zero)
        guard let answer = answers.first else { return false }
        // Left alone where nothing is new: whoever has looked at them compares the same list then.
        if !answer.definitions.isEmpty || answer.definitionsFrom < definitions.count {
            definitions.replaceSubrange(min(answer.definitionsFrom, definitions.count)..., with: answer.definitions)
        }
        if answer.count > 0 {
            let batch = JournalBatch(
                first: answer.first, count: answer.count, earliest: answer.earliest, latest: answer.latest)
            try answer.records.withRawSpan { try body(batch, $0) }
        }
        answers.removeFirst()
        position = answer.last
        try ask()
        return true
    }

    func wait(atMost nanoseconds: Int64) throws {
        guard answers.isEmpty else { return }
        try pump(.nanoseconds(nanoseconds))
    }

    func hold(_ position: UInt64) { held = max(held, position) }

    /// Says so until the other side has heard it, or has gone: whoever is not there any more waits for nobody.
    func leave() {
        let deadline = Seat.monotonic + LinkLimits.farewell
        while Seat.monotonic < deadline, !world.stopping.isRaised {
            var question = question()
            question.flags = LinkQuestion.leaving
            guard (try? socket.send([question.bytes])) != nil else { return }
            let retry = Seat.monotonic + LinkLimits.patience
            while Seat.monotonic < retry {
                guard let frames = try? socket.receive(within: .milliseconds(50)) else { continue }
                if let answer = LinkAnswer(frames), answer.number == question.number { return }
            }
        }
    }

    // MARK: Questions and answers

    private func question() -> LinkQuestion {
        lastNumber += 1
        var question = LinkQuestion(
            wire: WireFormat.version, number: lastNumber, token: token, name: journal.name, reader: journal.reader,
            content: UInt32(journal.content.rawValue), byteLimit: UInt32(LinkLimits.records),
            patience: UInt32(LinkLimits.patience / 1_000_000))
        (question.journal, question.held) = (id, held)
        (question.after, question.known) = (asksBehind, UInt32(knownThere))
        return question
    }

    /// Asks for what comes next, unless that has been asked or enough is there.
    private func ask() throws {
        let time = Seat.monotonic
        if let asked, time - asked.at > LinkLimits.silence { self.asked = nil }
        guard asked == nil, answers.count < LinkedJournal.answerLimit else { return }
        var question = question()
        if !isOpen { question.flags = LinkQuestion.looking }
        try socket.send([question.bytes])
        asked = (question.number, time)
    }

    private func pump(_ patience: Duration) throws {
        try ask()
        guard answers.isEmpty || patience == .zero else { return }
        guard let frames = try socket.receive(within: patience), let answer = LinkAnswer(frames) else { return }
        // An answer to a question that was given up is none.
        guard answer.number == asked?.number else { return }
        asked = nil
        try take(answer)
        try ask()
    }

    private func take(_ answer: LinkAnswer) throws {
        if answer.status != .taken { takenSince = nil }
        switch answer.status {
        case .waiting: world.sleep(1_000_000)
        case .taken: try bide()
        case .trimmed: throw JournalError.trimmed(oldest: answer.oldest)
        case .ahead: throw JournalError.ahead(head: answer.head)
        case .refused: throw LinkRefused(journal: journal, reason: answer.text)
        case .whole: takeWhole(answer)
        }
    }

    private func takeWhole(_ answer: LinkAnswer) {
        (id, oldest) = (answer.journal, answer.oldest)
        (head, synced, isEnded) = (max(head, answer.head), answer.synced, answer.isEnded)
        tellClock(answer.now)
        guard isOpen else {
            definitions = answer.definitions
            isOpen = true
            return
        }
        guard answer.last > asksBehind else { return }
        asksBehind = answer.last
        knownThere = answer.definitionsFrom + answer.definitions.count
        answers.append(answer)
    }

    /// Another process reads under this name; perhaps it has just ended.
    private func bide() throws {
        let time = Seat.monotonic
        let since = takenSince ?? time
        takenSince = since
        guard time - since < LinkLimits.contention else {
            throw LinkRefused(journal: journal, reason: "lets another process read as \(journal.reader)")
        }
        world.sleep(50_000_000)
    }

    private func tellClock(_ there: Timestamp) {
        let ahead = there - world.now()
        guard !hasToldClock, abs(ahead) > LinkLimits.clock else { return }
        hasToldClock = true
        world.tell(
            "the clock of \(journal.name) at \(journal.address) is \(abs(ahead) / 1_000_000_000) s "
                + "\(ahead > 0 ? "ahead of" : "behind") this process's")
    }
}

/// What another process does not let this one read.
struct LinkRefused: Error, CustomStringConvertible {
    let journal: DistantJournal
    let reason: String
    var description: String { "the process at \(journal.address) \(reason)" }
}
