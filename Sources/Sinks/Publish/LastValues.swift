internal import Memory
internal import Rings
internal import Wire

/// The last message of each topic of an endpoint: for subscribers that come later, and for whoever asks.
///
/// The publishing thread writes, a thread that answers reads; each holds the other up for the copy of one message.
final class LastValues: Sendable {
    /// Bytes kept of all messages. Of a topic that finds no room its number is known, and no message.
    static let byteLimit = 256 << 20

    /// One topic.
    struct Entry: ~Copyable {
        let topic: [UInt8]
        var publisher: UInt64 = 0
        var number: UInt64 = 0
        var position: UInt64 = 0
        /// Empty where there was nothing yet, or no room.
        var payload = ByteBuffer(capacity: 64)
    }

    /// What a topic's last message says beside itself.
    struct Line: Sendable {
        let topic: [UInt8]
        let publisher: UInt64
        let number: UInt64
        let position: UInt64
    }

    private struct Board {
        let shelf: Shelf<Entry>
        var byteCount = 0
        var leftOut = 0
    }

    private let board: Guarded<Board>
    private let byteLimit: Int

    init(topicLimit: Int, byteLimit: Int = LastValues.byteLimit) {
        board = Guarded(Board(shelf: Shelf(capacity: topicLimit)))
        self.byteLimit = byteLimit
    }

    /// How many topics there are.
    var count: Int { board.withLock { $0.shelf.count } }
    /// Messages that found no room.
    var leftOut: Int { board.withLock { $0.leftOut } }

    /// Adds a topic; they count from 0.
    func add(_ topic: [UInt8]) {
        board.withLock { board in _ = board.shelf.append(Entry(topic: topic)) }
    }

    /// Keeps a topic's message in place of the one before.
    func keep(_ place: Int, _ head: MessageHead, _ payload: RawSpan) {
        board.withLock { board in
            let room = byteLimit - board.byteCount
            var more = 0
            board.shelf.change(place) { entry in
                more -= entry.payload.count
                entry.payload.removeAll()
                (entry.publisher, entry.number, entry.position) = (head.publisher, head.firstNumber, head.position)
                guard more + payload.byteCount <= room else { return }
                entry.payload.append(payload)
                more += payload.byteCount
            }
            if board.shelf[place].payload.isEmpty { board.leftOut += 1 }
            board.byteCount += more
        }
    }

    /// A topic's name.
    func topic(_ place: Int) -> [UInt8] { board.withLock { $0.shelf[place].topic } }

    /// What is known of a topic; nil before its first message.
    func line(_ place: Int) -> Line? {
        board.withLock { board in
            let position = board.shelf[place].position
            guard position > 0 else { return nil }
            return Line(
                topic: board.shelf[place].topic, publisher: board.shelf[place].publisher,
                number: board.shelf[place].number, position: position)
        }
    }

    /// A copy of a topic's last message; nil where none is kept.
    func message(_ place: Int) -> (topic: [UInt8], payload: [UInt8])? {
        board.withLock { board in
            let payload = board.shelf[place].payload.withBytes { $0.array }
            return payload.isEmpty ? nil : (board.shelf[place].topic, payload)
        }
    }
}
