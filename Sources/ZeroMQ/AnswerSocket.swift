internal import CZeroMQ

/// A question as it came: what it says, and the way back to whoever asked.
public struct AskedQuestion: Sendable {
    /// Who asks, then the frames that come back before an answer.
    fileprivate let envelope: [[UInt8]]
    public let bytes: [UInt8]
}

/// The answering end of questions whose answers are messages of many frames. It never waits for those who ask: what
/// finds no room in the queue to one of them is dropped, and one that has gone is forgotten.
public struct AnswerSocket: ~Copyable, Sendable {
    /// Frames before a question: who asks, a number that some put there, and the empty one.
    private static let envelopeLimit = 4
    /// Looks, a millisecond each, whether one that asks has taken what was sent before: ZeroMQ notices that late.
    private static let looks = 5

    let handle: SocketHandle
    private let door: Door?
    private var frame = Frame()

    /// - Parameters:
    ///   - limits: A longer question than `frameLimit` ends the connection to whoever sent it.
    ///   - linger: How long answers may still leave after the socket has closed.
    ///   - door: Who stands before the socket; nil where only this program connects.
    public init(
        in context: Context, limits: QueueLimits, linger: Duration = .zero, door: Door? = nil
    ) throws(ZeroMQError) {
        let handle = try SocketHandle(ZMQ_ROUTER, in: context, door: door)
        try handle.openDoor()
        try handle.set(limits, linger: linger)
        // Else a queue that only seems to be full would cost an answer.
        try handle.set(ZMQ_ROUTER_MANDATORY, to: Int32(1), named: "ROUTER_MANDATORY")
        self.handle = handle
        self.door = door
    }

    /// Opens an endpoint and returns it with the real port where `*` stood.
    @discardableResult
    public func bind(to endpoint: String) throws(ZeroMQError) -> String {
        try handle.bind(to: endpoint)
        return try handle.lastEndpoint()
    }

    /// Answers one question, waiting at most `limit` for it; false when none came.
    @discardableResult
    public mutating func serve(
        within limit: Duration, _ answer: (_ question: [UInt8]) -> [[UInt8]]
    ) throws(ZeroMQError) -> Bool {
        guard try hasMessage(within: limit) else { return false }
        if let question = try next() { try send(answer(question.bytes), to: question) }
        return true
    }

    /// Waits until a message may be there, or a descriptor can be read, at most `limit`; whether a message is there.
    public func hasMessage(within limit: Duration, or descriptor: Int32? = nil) throws(ZeroMQError) -> Bool {
        var places = PollList()
        places.add(handle)
        if let descriptor { places.add(descriptor: descriptor) }
        return try places.wait(within: limit).contains(0)
    }

    /// The next question that is already there; nil where there is none, or a message that is no single frame behind
    /// nothing or an empty one: nobody would know how to answer it.
    public mutating func next() throws(ZeroMQError) -> AskedQuestion? {
        guard try frame.receive(from: handle) else { return nil }
        var frames = [frame.array]
        while frame.hasMore, try frame.receive(from: handle) {
            if frames.count <= AnswerSocket.envelopeLimit { frames.append(frame.array) }
        }
        if let door, door.turnsAway(frame) { return nil }
        guard (2...AnswerSocket.envelopeLimit).contains(frames.count) else { return nil }
        let bytes = frames.removeLast()
        guard frames.count == 1 || frames.last?.isEmpty == true else { return nil }
        return AskedQuestion(envelope: frames, bytes: bytes)
    }

    /// Sends an answer; it is dropped where the asker has gone, or takes nothing.
    public mutating func send(_ answer: [[UInt8]], to question: AskedQuestion) throws(ZeroMQError) {
        precondition(!answer.isEmpty, "An answer must have a frame.")
        guard try address(question.envelope[0]) else { return }
        try handle.send(Array(question.envelope.dropFirst()) + answer)
    }

    /// Begins a message to one who asked; false where that one has gone, or takes nothing.
    private func address(_ asker: [UInt8]) throws(ZeroMQError) -> Bool {
        for _ in 0..<AnswerSocket.looks {
            do throws(ZeroMQError) {
                unsafe try handle.send(asker.span.bytes, flags: ZMQ_DONTWAIT | ZMQ_SNDMORE)
                return true
            } catch {
                guard error.isForLackOfPeer else { throw error }
                if error.isForGonePeer { return false }
                try handle.waitForRoom(within: .milliseconds(1))
            }
        }
        return false
    }
}
