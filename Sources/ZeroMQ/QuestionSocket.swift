internal import CZeroMQ

/// The asking end: questions go to one answerer, and answers of one frame or many come back.
public struct QuestionSocket: ~Copyable, Sendable {
    /// Questions that wait for somebody who has gone; and a frame of an answer, in bytes.
    public static let standardLimits = QueueLimits(queueLimit: 8, frameLimit: 64 << 20)
    /// Frames of an answer that are kept: one for each message of a long one. An answer of more is dropped.
    private static let frameLimit = 1 << 16

    let handle: SocketHandle
    /// What ZeroMQ tells of refused handshakes, where somebody wants to know.
    private var handshakes: SocketHandle?
    private var frame = Frame()
    private var asked: UInt64 = 0

    /// - Parameters:
    ///   - linger: How long questions may still leave after the socket has closed.
    ///   - curve: The keys of an endpoint that has some.
    public init(
        in context: Context, limits: QueueLimits = QuestionSocket.standardLimits, linger: Duration = .zero,
        curve: CurveClient? = nil
    ) throws(ZeroMQError) {
        let handle = try SocketHandle(ZMQ_DEALER, in: context)
        if let curve { try handle.meet(as: curve) }
        try handle.detectLostPeers()
        try handle.set(limits, linger: linger)
        self.handle = handle
    }

    deinit { if handshakes != nil { handle.stopWatching() } }

    /// From now on, and before it connects, takes note of refusals; whoever wants that must look for them regularly.
    public mutating func watchRefusals() throws(ZeroMQError) { handshakes = try handle.watchHandshakes() }

    /// Why the other end has not let this program in since the last look, if it has not.
    public mutating func refusal() throws(ZeroMQError) -> KeyRefusal? {
        while let frames = try handshakes?.receiveFrames() {
            if let refusal = frames.first.flatMap({ KeyRefusal($0) }) { return refusal }
        }
        return nil
    }

    public func connect(to endpoint: String) throws(ZeroMQError) { try handle.connect(to: endpoint) }

    /// Sends a question and waits at most `limit` for its answer; nil when none came. An answer that comes too late is
    /// thrown away, and the next question may be asked all the same.
    public mutating func ask(_ question: [UInt8], within limit: Duration) throws(ZeroMQError) -> [[UInt8]]? {
        asked += 1
        try send(envelope + [question])
        return try answer(within: limit)
    }

    /// As ZeroMQ's own sockets of questions do: a number of ours, and the empty frame that ends what comes back.
    private var envelope: [[UInt8]] { [Array("\(asked)".utf8), []] }

    /// Waits on for the answer to the last question; nil when none came.
    public mutating func answer(within limit: Duration) throws(ZeroMQError) -> [[UInt8]]? {
        let envelope = envelope
        let deadline = ContinuousClock.now + limit
        while true {
            let rest = deadline - ContinuousClock.now
            if let frames = try receive(within: max(rest, .zero)) {
                if frames.count > 2, frames.starts(with: envelope) { return Array(frames.dropFirst(2)) }
            } else if rest <= .zero {
                return nil
            }
        }
    }

    /// Sends a question that its asker knows again by what is in the answer; it is dropped where too many wait already.
    public mutating func send(_ question: [UInt8]) throws(ZeroMQError) { try send([question]) }

    private func send(_ frames: [[UInt8]]) throws(ZeroMQError) {
        do throws(ZeroMQError) { try handle.send(frames, flags: ZMQ_DONTWAIT) } catch {
            // The first frame is refused or the whole message is taken.
            guard error.isForLackOfPeer else { throw error }
        }
    }

    /// Takes one message, waiting at most `limit` for it; nil when none came, or one of too many frames.
    public mutating func receive(within limit: Duration) throws(ZeroMQError) -> [[UInt8]]? {
        if try !frame.receive(from: handle) {
            guard limit > .zero, try Poll.wait(for: handle, within: limit), try frame.receive(from: handle) else {
                return nil
            }
        }
        var frames = [frame.array]
        var isWhole = true
        while frame.hasMore, try frame.receive(from: handle) {
            isWhole = frames.count < QuestionSocket.frameLimit
            if isWhole { frames.append(frame.array) }
        }
        return isWhole ? frames : nil
    }
}
