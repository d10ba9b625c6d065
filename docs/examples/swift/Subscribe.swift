import Foundation
import Wire
import ZeroMQ

/// Subscribes to topics, prints every update, and notices what is missing; with a replay socket it asks for that.
///
/// Usage: `swift run ExampleSubscriber [--replay ENDPOINT [--from-oldest]] [--secret FILE --server FILE]
/// [ENDPOINT [PREFIX ...]]`. It prints what its twins in Python and C print. An endpoint with keys wants the file of
/// your own secret key, and the endpoint's `.key` file.
@main struct Subscribe {
    static func main() throws {
        var arguments = Array(CommandLine.arguments.dropFirst())
        arguments.removeAll { $0 == "--lossless" }
        let isWhole = arguments.contains("--from-oldest")
        arguments.removeAll { $0 == "--from-oldest" }
        let replay = take("--replay", from: &arguments)
        var curve: CurveClient?
        if let secret = take("--secret", from: &arguments), let server = take("--server", from: &arguments) {
            curve = try CurveClient(secret: secret, server: KeyFile.publicKey(at: server))
        }
        let endpoint = arguments.first ?? "tcp://127.0.0.1:5556"
        let prefixes = arguments.count > 1 ? Array(arguments.dropFirst()) : [""]
        let context = try Context()
        var socket = try SubscribeSocket(in: context, curve: curve)
        try socket.connect(to: endpoint)
        let heartbeats = replay != nil && !prefixes.contains("") ? ["heartbeat/"] : []
        for prefix in prefixes + heartbeats { try socket.subscribe(to: prefix) }
        if let replay {
            try readAll(
                &socket, LosslessReader(beginning: isWhole ? .oldest : .now, prefixes: prefixes),
                try QuestionSocket(in: context, curve: curve), replay)
        } else {
            try readLatest(&socket, Printer(readsAllTopics: prefixes.contains("")))
        }
    }

    /// The value behind an option, which both leave the list.
    private static func take(_ option: String, from arguments: inout [String]) -> String? {
        guard let index = arguments.firstIndex(of: option), index + 1 < arguments.count else { return nil }
        defer { arguments.removeSubrange(index...index + 1) }
        return arguments[index + 1]
    }

    private static func write(_ line: String) { FileHandle.standardOutput.write(Data("\(line)\n".utf8)) }

    /// Takes holes as they are.
    private static func readLatest(_ socket: inout SubscribeSocket, _ reader: Printer) throws {
        var printer = reader
        while true {
            _ = try socket.receive(within: .seconds(1)) { topic, payload in
                for line in printer.lines(topic, payload) { write(line) }
            }
        }
    }

    /// Asks for what is missing.
    private static func readAll(
        _ socket: inout SubscribeSocket, _ beginning: LosslessReader, _ questions: consuming QuestionSocket,
        _ replay: String
    ) throws {
        var reader = beginning
        var asker = questions
        try asker.connect(to: replay)
        while true {
            _ = try socket.receive(within: .seconds(1)) { topic, payload in
                reader.receive(topic: MessagePeek.text(topic), payload, asking: { ask(&asker, $0) }) { outcome in
                    if let line = Printer.line(outcome) { write(line) }
                }
            }
        }
    }

    /// While nobody answers it asks again: the publisher may be starting anew.
    private static func ask(_ socket: inout QuestionSocket, _ question: ReplayQuestion) -> ReplayReply? {
        for _ in 0..<10 {
            guard let frames = try? socket.ask(question.text, within: .seconds(2)) else { continue }
            guard let first = frames.first, let head = try? ReplayAnswer(first) else { return nil }
            let messages = stride(from: 1, to: frames.count - 1, by: 2).map { index in
                (topic: String(decoding: frames[index], as: UTF8.self), payload: frames[index + 1])
            }
            return ReplayReply(head, messages: messages)
        }
        return nil
    }
}

/// Says in lines what the messages of an endpoint mean.
struct Printer {
    let readsAllTopics: Bool
    private var reader = StreamReader(delivery: .latest)

    init(readsAllTopics: Bool) { self.readsAllTopics = readsAllTopics }

    mutating func lines(_ topicBytes: RawSpan, _ payload: RawSpan) -> [String] {
        let topic = MessagePeek.text(topicBytes)
        guard let message = try? MessagePeek(payload) else { return ["UNREADABLE \(topic)"] }
        let line = Printer.line(topic, message, MessagePeek.text(payload), skipping: 0)
        guard !topic.hasPrefix("heartbeat/") else {
            let tail = reader.receiveHeartbeat(publisher: message.head.publisher, headPosition: message.head.position)
            guard let tail, readsAllTopics else { return [line] }
            return ["TAIL \(tail.expected) \(tail.received)", line]
        }
        let restarts = reader.restarts
        let action = reader.receive(topic: topic, head: message.head, count: message.count)
        let news = reader.restarts > restarts ? ["RESTART \(Identifier.text(message.head.publisher))"] : []
        switch action {
        case .hole(let hole): return news + ["HOLE \(topic) \(hole.expected) \(hole.received)", line]
        case .duplicate: return news
        case .deliver(let skipping):
            return news + [Printer.line(topic, message, MessagePeek.text(payload), skipping: skipping)]
        case nil: return news + [line]
        }
    }

    static func line(_ outcome: LosslessReader.Outcome) -> String? {
        switch outcome {
        case .deliver(let topic, let message, let payload, let skipping):
            line(topic, message, String(decoding: payload, as: UTF8.self), skipping: skipping)
        case .duplicate: nil
        case .lost(let topic, let hole): "LOST \(topic) \(hole.expected) \(hole.received)"
        case .unanswered(let range, let reason):
            "SILENT after \(range.after) up to \(range.upTo) \(reason?.rawValue ?? "silent")"
        case .unreadable(let topic, _): "UNREADABLE \(topic)"
        }
    }

    private static func line(_ topic: String, _ message: MessagePeek, _ payload: String, skipping: Int) -> String {
        let text = message.isJSON ? " \(payload)" : ""
        return "\(topic) \(message.head.firstNumber + UInt64(skipping)) \(message.count - skipping)\(text)"
    }
}
