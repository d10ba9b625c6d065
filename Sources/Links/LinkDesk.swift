internal import Engine
internal import Journal
internal import Market
internal import Rings
internal import Wire
internal import ZeroMQ

/// The answering thread's own state: who has asked what, and where in the files each of them is.
final class LinkDesk {
    /// Questions taken before those that wait are looked at again.
    private static let turnLimit = 64
    /// One wait where nobody waits for an answer: lines for the operator are due meanwhile.
    private static let idleWait: Int64 = 1_000_000_000

    private var socket: AnswerSocket
    private let journals: [ServedJournal]
    private let bell: Bell
    private var log: DoorLog?
    private let world: World
    /// Of this run of the process.
    private let run: UInt64
    private var sessions: [String: LinkSession] = [:]

    init(
        _ socket: consuming AnswerSocket, _ journals: [ServedJournal], _ bell: Bell, log: DoorLog?, _ world: World
    ) {
        self.socket = socket
        self.journals = journals
        self.bell = bell
        self.log = log
        self.world = world
        run = world.chance()
    }

    /// Waits for a question, or for something to say to one who waits; takes what has come and answers whom there is
    /// something to say to.
    func turn(unless stopping: Signal) throws {
        bell.arm()
        let limit = stopping.isRaised ? 0 : restLimit
        _ = try socket.hasMessage(within: .nanoseconds(limit), or: bell.descriptor)
        bell.disarm()
        for _ in 0..<LinkDesk.turnLimit {
            guard let asked = try socket.next() else { break }
            if let question = LinkQuestion(asked.bytes) { try take(question, asked) }
        }
        for session in sessions.values { try answerIfDue(session) }
        for line in log?.lines() ?? [] { world.tell("link: \(line)") }
    }

    /// How long nothing is due, unless something is written.
    private var restLimit: Int64 {
        let time = Seat.monotonic
        return sessions.values.reduce(LinkDesk.idleWait) { limit, session in
            guard let due = session.due(at: time) else { return limit }
            return min(limit, max(due - time, 0))
        }
    }

    /// Lets whoever waits know that nothing more comes from this run.
    func sayEnd() throws {
        for session in sessions.values where session.waiting != nil { try answer(session) }
        for line in log?.lastLines() ?? [] { world.tell("link: \(line)") }
    }

    private func take(_ question: LinkQuestion, _ asked: AskedQuestion) throws {
        let session: LinkSession
        switch find(question) {
        case .failure(let refusal):
            var answer = LinkAnswer(refusal.status, to: question.number)
            answer.text = refusal.text
            return try socket.send(answer.frames, to: asked)
        case .success(let found): session = found
        }
        session.note(question, asked, at: Seat.monotonic)
        guard question.flags & LinkQuestion.leaving != 0 else { return }
        session.waiting = nil
        try socket.send(LinkAnswer(.whole, to: question.number).frames, to: asked)
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
        let time = Seat.monotonic
        if let due = session.due(at: time), due <= time { try answer(session) }
    }

    private func answer(_ session: LinkSession) throws {
        guard let (question, asked, _) = session.waiting else { return }
        session.waiting = nil
        var answer = session.answer(to: question)
        answer.run = run
        answer.now = world.now()
        try socket.send(answer.frames, to: asked)
    }
}

/// Why a question cannot be answered.
private struct LinkRefusal: Error {
    let status: LinkAnswer.Status
    let text: String

    init(_ text: String) { (status, self.text) = (.refused, text) }
    init(status: LinkAnswer.Status, text: String) { (self.status, self.text) = (status, text) }
}
