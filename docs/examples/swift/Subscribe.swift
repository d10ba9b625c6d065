import Foundation
import Wire
import ZeroMQ

/// Subscribes to topics, prints every update, and notices what is missing.
///
/// Usage: `swift run ExampleSubscriber [--secret FILE --server FILE] [ENDPOINT [PREFIX ...]]`. It prints what its
/// twins in Python and C print. An endpoint with keys wants the file of your own secret key, and the endpoint's
/// `.key` file.
@main struct Subscribe {
    static func main() throws {
        var arguments = CommandLine.arguments.dropFirst()
        var curve: CurveClient?
        if arguments.count > 3, arguments.first == "--secret", arguments.dropFirst(2).first == "--server" {
            let words = Array(arguments.prefix(4))
            curve = try CurveClient(secret: words[1], server: KeyFile.publicKey(at: words[3]))
            arguments = arguments.dropFirst(4)
        }
        let endpoint = arguments.first ?? "tcp://127.0.0.1:5556"
        let prefixes = arguments.count > 1 ? Array(arguments.dropFirst()) : [""]
        let context = try Context()
        var socket = try SubscribeSocket(in: context, curve: curve)
        try socket.connect(to: endpoint)
        for prefix in prefixes { try socket.subscribe(to: prefix) }
        var printer = Printer(readsAllTopics: prefixes.contains(""))
        while true {
            _ = try socket.receive(within: .seconds(1)) { topic, payload in
                for line in printer.lines(topic, payload) {
                    FileHandle.standardOutput.write(Data("\(line)\n".utf8))
                }
            }
        }
    }
}

/// Says in lines what the messages of one publisher mean.
struct Printer {
    let readsAllTopics: Bool
    private var reader = StreamReader(delivery: .latest)

    init(readsAllTopics: Bool) { self.readsAllTopics = readsAllTopics }

    mutating func lines(_ topicBytes: RawSpan, _ payload: RawSpan) -> [String] {
        let topic = MessagePeek.text(topicBytes)
        guard let message = try? MessagePeek(payload) else { return ["UNREADABLE \(topic)"] }
        var lines: [String] = []
        let restarts = reader.restarts
        var tail: Hole?
        if topic.hasPrefix("heartbeat/") {
            tail = reader.receiveHeartbeat(
                publisher: message.head.publisher, headPosition: message.head.position)
        }
        let action = reader.receive(topic: topic, head: message.head, count: message.count)
        if reader.restarts > restarts { lines.append("RESTART \(message.head.publisher)") }
        if let tail, readsAllTopics { lines.append("TAIL \(tail.expected) \(tail.received)") }
        switch action {
        case .hole(let hole): lines.append("HOLE \(topic) \(hole.expected) \(hole.received)")
        case .duplicate: return lines
        case .deliver, nil: break
        }
        let text = message.isJSON ? " \(MessagePeek.text(payload))" : ""
        return lines + ["\(topic) \(message.head.firstNumber) \(message.count)\(text)"]
    }
}
