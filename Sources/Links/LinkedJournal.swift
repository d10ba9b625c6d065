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
    private var socket: QuestionSocket
    private var asked: (number: UInt64, at: Int64)?
    private var lastNumber: UInt64 = 0
    /// Before this nothing is asked.
    private var asksFrom: Int64 = 0
    /// Answers that nobody has taken yet, the place behind the last of them, and the definitions known there.
    private var answers: [LinkAnswer] = []
    private var asksBehind: UInt64 = 0
    private var knownThere = 0
    private var held: UInt64 = 0
    /// The writer's run that answered last.
    private var run: UInt64 = 0
    private var takenSince: Int64?
    private var hasToldClock = false
    /// Since when the writer has been silent, and whether the operator knows.
    private var silentSince: Int64
    private var isRepeating = false
    private var hasToldSilence = false

    private(set) var isOpen = false
    private(set) var id: UInt64 = 0
    private(set) var position: UInt64 = 0
    private(set) var oldest: UInt64 = 0
    private(set) var head: UInt64 = 0
    private(set) var synced: UInt64 = 0
    private(set) var isEnded = false
    private(set) var definitions: [JournalDefinition] = []

    /// - Parameter curve: This process's keys and the writer's; nil for a writer without.
    init(
        _ journal: DistantJournal, token: UInt64, in context: Context, curve: CurveClient?, _ world: World
    ) throws {
        self.journal = journal
        self.token = token
        self.world = world
        socket = try QuestionSocket(
            in: context, limits: LinkLimits.answers, linger: LinkLimits.lastQuestion, curve: curve)
        try socket.watchRefusals()
        try socket.connect(to: journal.address)
        silentSince = Seat.monotonic
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
        try pump(atMost: 0)
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
        try pump(atMost: nanoseconds)
    }

    /// Asks what is to be asked, and joins a wait for several sockets; false where something is here already.
    func join(_ places: inout PollList) throws -> Bool {
        try ask()
        places.add(socket)
        return answers.isEmpty
    }

    /// How long it may wait before there is something to ask.
    func restLimit(_ nanoseconds: Int64) -> Int64 {
        asked == nil ? min(nanoseconds, max(asksFrom - Seat.monotonic, 0)) : nanoseconds
    }

    func hold(_ position: UInt64) { held = max(held, position) }

    /// Says so until the other side has heard it, or has gone: whoever is not there any more waits for nobody.
    func leave() {
        let deadline = Seat.monotonic + LinkLimits.farewell
        while Seat.monotonic < deadline, !world.stopping.isRaised {
            var question = question()
            question.flags = LinkQuestion.leaving
            guard (try? socket.send(question.bytes)) != nil else { return }
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
        if let asked, time - asked.at > LinkLimits.silence { (self.asked, isRepeating) = (nil, true) }
        guard asked == nil, time >= asksFrom, answers.count < LinkedJournal.answerLimit else { return }
        var question = question()
        if !isOpen { question.flags = LinkQuestion.looking }
        try socket.send(question.bytes)
        asked = (question.number, time)
        if !isRepeating { silentSince = time }
    }

    /// Takes an answer that is here, else asks, and waits for one where none is left.
    private func pump(atMost nanoseconds: Int64) throws {
        guard try !takeNext(within: .zero) else { return }
        try ask()
        guard answers.isEmpty, nanoseconds > 0 else { return }
        _ = try takeNext(within: .nanoseconds(restLimit(nanoseconds)))
    }

    /// Takes what comes; false where nothing did.
    private func takeNext(within patience: Duration) throws -> Bool {
        guard let frames = try socket.receive(within: patience) else {
            try noteSilence()
            return false
        }
        guard let answer = LinkAnswer(frames) else { return true }
        (isRepeating, hasToldSilence) = (false, false)
        // An answer to a question that was given up is none.
        guard let asked, answer.number == asked.number else { return true }
        self.asked = nil
        try take(answer, askedAt: asked.at)
        try ask()
        return true
    }

    private func take(_ answer: LinkAnswer, askedAt: Int64) throws {
        if answer.status != .taken { takenSince = nil }
        switch answer.status {
        case .waiting: break
        case .taken: try bide()
        case .trimmed: throw JournalError.trimmed(oldest: answer.oldest)
        case .ahead: throw JournalError.ahead(head: answer.head)
        case .refused: throw LinkRefused(journal: journal, reason: answer.text)
        case .whole: try takeWhole(answer, askedAt)
        }
    }

    private func takeWhole(_ answer: LinkAnswer, _ askedAt: Int64) throws {
        // A writer that lost its end with its machine's power writes other records under numbers that were read here.
        if run != answer.run, isOpen, asksBehind > answer.beginning {
            throw JournalError.ahead(head: answer.beginning)
        }
        (run, id, oldest) = (answer.run, answer.journal, answer.oldest)
        (head, synced, isEnded) = (max(head, answer.head), answer.synced, answer.isEnded)
        tellClock(answer.now, askedAt)
        guard isOpen else {
            definitions = answer.definitions
            isOpen = true
            return
        }
        guard answer.last > asksBehind else { return }
        guard answer.isSound(for: journal.content) else {
            throw LinkRefused(journal: journal, reason: "sends what are no records of \(journal.name)")
        }
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
        asksFrom = time + LinkLimits.contentionPause
    }

    // MARK: What the operator is told

    private func tellClock(_ there: Timestamp, _ askedAt: Int64) {
        let ahead = there - world.now()
        // An answer that lay here while this process did something else is no clock.
        guard !hasToldClock, abs(ahead) > LinkLimits.clock, Seat.monotonic - askedAt < LinkLimits.silence else {
            return
        }
        hasToldClock = true
        world.tell(
            "the clock of \(journal.name) at \(journal.address) is \(abs(ahead) / 1_000_000_000) s "
                + "\(ahead > 0 ? "ahead of" : "behind") this process's")
    }

    /// Why nothing comes: whoever is not let in ends, and who waits for a process that is not there says so.
    private func noteSilence() throws {
        if let refusal = try socket.refusal() { throw LinkRefused(journal: journal, reason: refusal.description) }
        guard asked != nil, !hasToldSilence, Seat.monotonic - silentSince > LinkLimits.absence else { return }
        hasToldSilence = true
        world.tell("\(journal.reader) has no answer from \(journal.name) at \(journal.address), and goes on asking")
    }
}

/// What another process does not let this one read.
struct LinkRefused: Error, CustomStringConvertible {
    let journal: DistantJournal
    let reason: String
    var description: String { "the process at \(journal.address) \(reason)" }
}
