internal import Engine
internal import Market
internal import Wire
internal import ZeroMQ

/// Asks a replay socket, and goes on asking until it answers: a publisher may be starting anew, and what is missing is
/// in its journal still. Meanwhile the stream waits in its socket's queue.
struct ReplayAsker: ~Copyable {
    /// How long the first answer to a question is waited for. Each further one has twice as long, so that one who is
    /// asked by many is not asked the more the slower it is.
    private static let wait = Duration.seconds(2)
    private static let longestWait = Duration.seconds(30)
    /// How long one look for an answer lasts, so that an end is noticed.
    private static let look = Duration.milliseconds(100)

    private let endpoint: String
    private var socket: QuestionSocket

    init(_ endpoint: String, in context: Context, curve: CurveClient?) throws(ZeroMQError) {
        let socket = try QuestionSocket(in: context, curve: curve)
        try socket.connect(to: endpoint)
        self.socket = socket
        self.endpoint = endpoint
    }

    /// Returns the answer; nil when none came until it was time to end.
    mutating func ask(_ question: ReplayQuestion, until isOver: () -> Bool) throws -> ReplayReply? {
        var wait = ReplayAsker.wait
        while !isOver() {
            if let frames = try ask(question.text, within: wait, until: isOver) {
                if wait > ReplayAsker.wait { Terminal.complain("\(endpoint) answers again") }
                if let reply = ReplayAsker.reply(frames) { return reply }
                throw ReplayUnreadable(endpoint: endpoint)
            }
            if wait == ReplayAsker.wait, !isOver() {
                Terminal.complain("nothing answers at \(endpoint); what is missing is asked for again until it does")
            }
            wait = min(wait * 2, ReplayAsker.longestWait)
        }
        return nil
    }

    private mutating func ask(
        _ question: [UInt8], within limit: Duration, until isOver: () -> Bool
    ) throws(ZeroMQError) -> [[UInt8]]? {
        let deadline = ContinuousClock.now + limit
        if let frames = try socket.ask(question, within: ReplayAsker.look) { return frames }
        while ContinuousClock.now < deadline, !isOver() {
            if let frames = try socket.answer(within: ReplayAsker.look) { return frames }
        }
        return nil
    }

    /// The head, then topic and payload of each message.
    private static func reply(_ frames: [[UInt8]]) -> ReplayReply? {
        guard let head = frames.first, let answer = try? ReplayAnswer(head), frames.count % 2 == 1 else { return nil }
        let messages = stride(from: 1, to: frames.count, by: 2).map { index in
            (topic: String(decoding: frames[index], as: UTF8.self), payload: frames[index + 1])
        }
        return ReplayReply(answer, messages: messages)
    }
}

/// What answers is no replay socket, or one of another version.
struct ReplayUnreadable: Error, CustomStringConvertible {
    let endpoint: String
    var description: String { "what \(endpoint) answers cannot be read; is it the replay socket of this endpoint?" }
}
