internal import Market
internal import Memory
internal import Updates
internal import Wire

/// A publisher's own topic, `heartbeat/NODE/`.
struct HeartbeatChannel: Sendable {
    let topic: [UInt8]
    /// The number of the last heartbeat; 0 before the first.
    private(set) var number: UInt64 = 0
    private let subject: Subject
    private let json = JSONEncoding(Heartbeat.layout)
    private let binary = BinaryEncoding(Heartbeat.layout)
    private var lastTime: Timestamp?

    init(node: String) {
        subject = .node(node)
        topic = Array(Topic(prefix: "\(Heartbeat.kind)/", subject: subject).text.utf8)
    }

    /// Writes the next heartbeat. Its window reaches from the last one to now.
    mutating func write(
        _ body: Heartbeat, head message: MessageHead, as encoding: MessageEncoding, into payload: inout ByteBuffer
    ) {
        number += 1
        let head = UpdateHead(
            number: number, start: lastTime ?? message.publishTime, end: message.publishTime, revision: 0, final: true,
            reason: .none, quality: .whole)
        lastTime = message.publishTime
        var update = ByteBuffer(capacity: UpdateHead.size + Heartbeat.layout.size)
        update.append(head)
        update.append(body)
        update.withBytes { bytes in
            switch encoding {
            case .binary: binary.encode(bytes, head: message, into: &payload)
            case .json:
                do throws(WireError) {
                    try json.encode(bytes, of: subject, head: message, into: &payload)
                } catch {
                    preconditionFailure("A heartbeat must be as long as its layout: \(error)")
                }
            }
        }
    }
}
