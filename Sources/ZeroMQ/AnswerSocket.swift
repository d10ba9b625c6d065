internal import CZeroMQ

/// The answering end of questions whose answers are messages of many frames. It never waits for those who ask: what
/// finds no room in the queue to one of them is dropped, and one that has gone is forgotten.
public struct AnswerSocket: ~Copyable, Sendable {
    /// What a socket keeps for those who ask.
    public struct Limits: Sendable {
        /// Questions of one asker that wait, and answers to it; what is more is dropped.
        public var queueLimit: Int
        /// A longer frame, in bytes, ends the connection to whoever sent it.
        public var questionLimit: Int64

        public init(queueLimit: Int, questionLimit: Int64) {
            precondition(queueLimit > 0 && questionLimit > 0, "Those who answer must take a question.")
            self.queueLimit = queueLimit
            self.questionLimit = questionLimit
        }
    }

    /// Frames before a question: who asks, a number that some put there, and the empty one.
    private static let envelopeLimit = 4
    /// Looks, a millisecond each, whether one that asks has taken what was sent before: ZeroMQ notices that late.
    private static let looks = 5

    let handle: SocketHandle
    private var frame = Frame()

    /// - Parameter door: Who stands before the socket; nil where only this program connects.
    public init(in context: Context, limits: Limits, door: Door? = nil) throws(ZeroMQError) {
        let handle = try SocketHandle(ZMQ_ROUTER, in: context, door: door)
        try handle.openDoor()
        try handle.set(ZMQ_SNDHWM, to: Int32(clamping: limits.queueLimit), named: "SNDHWM")
        try handle.set(ZMQ_RCVHWM, to: Int32(clamping: limits.queueLimit), named: "RCVHWM")
        try handle.set(ZMQ_MAXMSGSIZE, to: limits.questionLimit, named: "MAXMSGSIZE")
        // Else a queue that only seems to be full would cost an answer.
        try handle.set(ZMQ_ROUTER_MANDATORY, to: Int32(1), named: "ROUTER_MANDATORY")
        try handle.set(ZMQ_LINGER, to: Int32(0), named: "LINGER")
        self.handle = handle
    }

    /// Opens an endpoint and returns it with the real port where `*` stood.
    @discardableResult
    public func bind(to endpoint: String) throws(ZeroMQError) -> String {
        try handle.bind(to: endpoint)
        return try handle.lastEndpoint()
    }

    /// Answers one question, waiting at most `limit` for it; false when none came. A message that is no single frame
    /// behind an empty one is dropped: nobody knows how to answer it.
    @discardableResult
    public mutating func serve(
        within limit: Duration, _ answer: (_ question: [UInt8]) -> [[UInt8]]
    ) throws(ZeroMQError) -> Bool {
        if try !frame.receive(from: handle) {
            guard try Poll.wait(for: handle, within: limit), try frame.receive(from: handle) else { return false }
        }
        var frames = [bytes]
        while frame.hasMore, try frame.receive(from: handle) {
            if frames.count <= AnswerSocket.envelopeLimit { frames.append(bytes) }
        }
        let envelope = frames.dropLast()
        guard frames.count <= AnswerSocket.envelopeLimit, envelope.count >= 2, envelope.last?.isEmpty == true,
            let question = frames.last
        else { return true }
        guard let asker = envelope.first, try address(asker) else { return true }
        try send(Array(envelope.dropFirst()) + answer(question))
        return true
    }

    /// Begins a message to one who asked; false where that one has gone, or takes nothing.
    private func address(_ asker: [UInt8]) throws(ZeroMQError) -> Bool {
        for _ in 0..<AnswerSocket.looks {
            do throws(ZeroMQError) {
                unsafe try handle.send(asker.span.bytes, flags: ZMQ_DONTWAIT | ZMQ_SNDMORE)
                return true
            } catch {
                guard case .callFailed(_, let code, _) = error, code == EAGAIN || code == EHOSTUNREACH else {
                    throw error
                }
                if code == EHOSTUNREACH { return false }
                try handle.waitForRoom(within: .milliseconds(1))
            }
        }
        return false
    }

    private var bytes: [UInt8] { frame.withBytes { unsafe $0.withUnsafeBytes { unsafe Array($0) } } }

    private func send(_ frames: [[UInt8]]) throws(ZeroMQError) {
        for (index, frame) in frames.enumerated() {
            let more = index + 1 < frames.count ? ZMQ_SNDMORE : 0
            unsafe try handle.send(frame.span.bytes, flags: ZMQ_DONTWAIT | more)
        }
    }
}
