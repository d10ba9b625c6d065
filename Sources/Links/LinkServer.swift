internal import Engine
internal import Journal
internal import Market
internal import Rings
internal import Wire
internal import ZeroMQ

/// Limits between processes that read each other's journals.
enum LinkLimits {
    /// Bytes of records in one answer: some thousands of events, a fraction of a millisecond.
    static let records = 512 << 10
    /// An answer may be as long as one batch of updates and the definitions of a large market.
    static let message: Int64 = 64 << 20
    /// A question is short.
    static let question: Int64 = 1 << 10
    static let queue = 64
    /// How long an answer may take when there is nothing to say.
    static let patience: Int64 = 300_000_000
    /// A question without an answer for so long was lost with its writer.
    static let silence: Int64 = 2_000_000_000
    /// How long a reader that has everything goes on saying so.
    static let farewell: Int64 = 10_000_000_000
    /// Whoever has not asked for so long has gone, and another may read under the name.
    static let claim: Int64 = 1_000_000_000
    /// How long somebody else may hold the own name before that is an error.
    static let contention: Int64 = 8_000_000_000
    /// Clocks that differ by more are told of.
    static let clock: Int64 = 5_000_000_000
}

/// Answers what other processes ask of this one's journals, on a thread of its own.
final class LinkServer: JournalService {
    private let desk: Guarded<LinkDesk?>
    private let stopping = Signal()

    init(_ journals: [ServedJournal], at endpoint: String, in context: Context, _ world: World) throws {
        let socket = try RouterSocket(
            in: context, limits: RouterSocket.Limits(queueLimit: LinkLimits.queue, messageLimit: LinkLimits.question))
        try socket.bind(to: endpoint)
        desk = Guarded(LinkDesk(socket, journals, world))
    }

    func stop() { stopping.raise() }

    func work() throws {
        guard let desk = desk.withLock({ $0.take() }) else { return }
        while !stopping.isRaised { try desk.turn() }
        try desk.sayEnd()
    }
}

/// The thread's own state: who has asked what, and where in the files each of them is.
private final class LinkDesk {
    /// Questions taken before those that wait are looked at again.
    private static let turnLimit = 64
    private static let busyWait = Duration.milliseconds(1)
    private static let idleWait = Duration.milliseconds(20)

    private var socket: RouterSocket
    private let journals: [ServedJournal]
    private let world: World
    /// Of this run of the process.
    private let run: UInt64
    private var sessions: [String: LinkSession] = [:]

    init(_ socket: consuming RouterSocket, _ journals: [ServedJournal], _ world: World) {
        self.socket = socket
        self.journals = journals
        self.world = world
        run = world.chance()
    }

    /// Takes what has come and answers whom there is something to say to.
    func turn() throws {
        let isWaiting = sessions.values.contains { $0.waiting != nil }
        var limit = isWaiting ? LinkDesk.busyWait : LinkDesk.idleWait
        for _ in 0..<LinkDesk.turnLimit {
            guard let message = try socket.receive(within: limit) else { break }
            limit = .zero
            guard message.count == 2, let question = LinkQuestion(message[1]) else { continue }
            try take(question, from: message[0])
        }
        for session in sessions.values { try answerIfDue(session) }
    }

    /// Lets whoever waits know that nothing more comes from this run.
    func sayEnd() throws {
        for session in sessions.values where session.waiting != nil { try answer(session) }
    }

    private func take(_ question: LinkQuestion, from asker: [UInt8]) throws {
        let session: LinkSession
        switch find(question) {
        case .failure(let refusal):
            var answer = LinkAnswer(refusal.status, to: question.number)
            answer.text = refusal.text
            return try socket.send(answer.frames, to: asker)
        case .success(let found): session = found
        }
        session.note(question, from: asker, at: Seat.monotonic)
        guard question.flags & LinkQuestion.leaving != 0 else { return }
        session.waiting = nil
        try socket.send(LinkAnswer(.whole, to: question.number).frames, to: asker)
        session.reader.progress.hasLeft.raise()
    }

    /// The reader's session, or why it has none.
    private func find(_ question: LinkQuestion) -> Result<LinkSession, LinkRefusal> {
        guard question.version == LinkQuestion.version, question.wire == WireFormat.version else {
            return .failure(
                LinkRefusal(
                    "speaks version \(LinkQuestion.version) with updates of version \(WireFormat.version), not "
                        + "\(question.version) with \(question.wire)"))
        }
        guard
            let journal = journals.first(where: {
                $0.name == question.name && UInt32($0.content.rawValue) == question.content
            })
        else {
            let names = journals.map(\.name).joined(separator: ", ")
            return .failure(LinkRefusal("has no journal of \(question.name) for others; it has those of \(names)"))
        }
        guard let reader = journal.readers.first(where: { $0.name == question.reader }) else {
            let names = journal.readers.map(\.name).joined(separator: ", ")
            return .failure(
                LinkRefusal("does not know \(question.reader) as a reader of \(journal.name), only \(names)"))
        }
        let key = "\(question.content) \(question.name) \(question.reader)"
        if let session = sessions[key], session.token != question.token {
            guard Seat.monotonic - session.lastAsked > LinkLimits.claim else {
                return .failure(LinkRefusal(status: .taken, text: ""))
            }
            sessions[key] = nil
        }
        let session = sessions[key] ?? LinkSession(journal, reader, token: question.token)
        sessions[key] = session
        return .success(session)
    }

    private func answerIfDue(_ session: LinkSession) throws {
        guard let (question, _, since) = session.waiting else { return }
        let isLate = Seat.monotonic - since > min(Int64(question.patience) * 1_000_000, LinkLimits.patience)
        guard isLate || session.hasNews(for: question) else { return }
        try answer(session)
    }

    private func answer(_ session: LinkSession) throws {
        guard let (question, asker, _) = session.waiting else { return }
        session.waiting = nil
        var answer = session.answer(to: question)
        answer.run = run
        answer.now = world.now()
        try socket.send(answer.frames, to: asker)
    }
}

/// Why a question cannot be answered.
private struct LinkRefusal: Error {
    let status: LinkAnswer.Status
    let text: String

    init(_ text: String) { (status, self.text) = (.refused, text) }
    init(status: LinkAnswer.Status, text: String) { (self.status, self.text) = (status, text) }
}
