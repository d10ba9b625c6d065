internal import Engine
internal import Market
internal import Wire
internal import ZeroMQ

/// Asks a replay socket. While nobody answers, it asks again for some time: a publisher may be starting anew.
struct ReplayAsker: ~Copyable {
    /// How long one answer is waited for, and how long a publisher that has gone.
    private static let wait = Duration.seconds(2)
    private static let attempts = 10

    private var socket: QuestionSocket
    /// Whether the last question was in vain: the next is then asked once only.
    private var isSilent = false
    /// What went wrong with the socket itself.
    private(set) var failure: ZeroMQError?

    init(_ endpoint: String, in context: Context, curve: CurveClient?) throws(ZeroMQError) {
        let socket = try QuestionSocket(in: context, curve: curve)
        try socket.connect(to: endpoint)
        self.socket = socket
    }

    /// Returns the answer; nil when none came, or none that can be read.
    mutating func ask(_ question: ReplayQuestion, until isStopping: () -> Bool) -> ReplayReply? {
        for _ in 0..<(isSilent ? 1 : ReplayAsker.attempts) where !isStopping() {
            do throws(ZeroMQError) {
                guard let frames = try socket.ask(question.text, within: ReplayAsker.wait) else { continue }
                isSilent = false
                return ReplayAsker.reply(frames)
            } catch {
                failure = error
                return nil
            }
        }
        isSilent = true
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
