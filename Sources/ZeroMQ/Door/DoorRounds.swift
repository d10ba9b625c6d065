internal import CZeroMQ

/// What the doorkeeper's thread does: answers ZeroMQ's questions, follows connections, looks at the allow-lists.
final class DoorRounds: @unchecked Sendable {
    // Sendable: made by one thread and touched by the doorkeeper's thread alone once that has begun.

    /// How often connections are weighed while there are some: what can come in between is what a flood may cost.
    private static let weighInterval = Duration.milliseconds(10)
    /// How often the allow-lists are looked at where nobody knocks: so long a key that was taken back may go on.
    private static let listInterval = Duration.seconds(1)

    private var questions: SocketHandle?
    private let inbox: DoorInbox
    private let clock = ContinuousClock()
    private var sockets: [WatchedSocket] = []
    private var records: [String: DoorRecord] = [:]
    private var isEnding = false
    private var lastWeighing: ContinuousClock.Instant
    private var lastLook: ContinuousClock.Instant

    init(_ questions: consuming SocketHandle, _ inbox: DoorInbox) {
        self.questions = consume questions
        self.inbox = inbox
        lastWeighing = clock.now
        lastLook = clock.now
    }

    func run() {
        while !isEnding || !sockets.isEmpty {
            wait()
            takeNews()
            answer()
            weigh()
            sockets.removeAll { $0.isOver }
        }
        // Here and not later: whoever waits for the end of this thread may end the context next.
        questions = nil
    }

    /// Takes what others have said, and ZeroMQ of its connections.
    private func takeNews() {
        let news = inbox.take()
        sockets += news.sockets
        for record in news.records { records[record.domain] = record }
        for socket in sockets { socket.takeEvents() }
        isEnding = news.isEnding
    }

    private func wait() {
        var items = unsafe sockets.map(\.pollItem)
        unsafe items.append(zmq_pollitem_t(socket: nil, fd: inbox.wakeup, events: Int16(ZMQ_POLLIN), revents: 0))
        if let item = unsafe questions?.pollItem { unsafe items.append(item) }
        let limit = sockets.contains { $0.hasVisitors } ? DoorRounds.weighInterval : DoorRounds.listInterval
        // A failure is a signal, or nothing that waiting could mend; the round after it looks at everything.
        _ = unsafe zmq_poll(&items, Int32(items.count), limit.wholeMilliseconds)
    }

    /// Answers all questions that are there.
    private func answer() {
        while let frames = try? questions?.receiveFrames() {
            guard let question = AdmissionQuestion(frames) else {
                try? questions?.send([[]])
                continue
            }
            // A peer's arrival was told before the question about it, and shall be known before the answer.
            takeNews()
            let record = records[question.domain]
            record?.lookAtList()
            // Who hears no answer is not let in.
            try? questions?.send(question.answer(record?.admit(question) ?? .denied(.unknownKey)))
        }
    }

    private func weigh() {
        let now = clock.now
        let passed = now - lastWeighing
        if passed >= DoorRounds.weighInterval {
            lastWeighing = now
            for socket in sockets { socket.weigh(after: passed / .seconds(1)) }
        }
        guard now - lastLook >= DoorRounds.listInterval else { return }
        lastLook = now
        for record in records.values { record.lookAtList() }
    }
}
