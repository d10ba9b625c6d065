internal import Market
internal import Wire

/// Sends the last value of each topic again to those who subscribe, bit by bit, so that publishing goes on.
///
/// ZeroMQ cannot send to one subscriber alone: all who want the topic get it, and drop what they have by its number. So
/// requests are gathered, and a round for all that wait begins at most once a second.
struct LastValueRounds: Sendable {
    /// Prefixes that wait for a round; more are dropped: whoever sends so many is no reader.
    static let prefixLimit = 1_024
    /// Topics sent again for one prefix: half of what a subscriber's queue holds unless set otherwise.
    static let topicLimit = 32_768
    /// Topics looked at, and messages sent, at one step.
    static let lookLimit = 16_384
    static let sendLimit = 1_024
    static let pause = Timestamp.second

    private var waiting: [[UInt8]] = []
    /// The prefixes of the round under way, each with how many topics it has had.
    private var round: [(prefix: [UInt8], sent: Int)] = []
    private var place = 0
    private var lastEnd = Timestamp(nanoseconds: 0)
    /// Prefixes for which there was no room, and topics that were too many for one.
    private(set) var dropped = 0

    /// Whether nobody waits for a last value.
    var isAtRest: Bool { waiting.isEmpty && round.isEmpty }

    mutating func subscribe(to prefix: [UInt8]) {
        guard !waiting.contains(prefix) else { return }
        guard waiting.count < LastValueRounds.prefixLimit else {
            dropped += 1
            return
        }
        waiting.append(prefix)
    }

    /// Takes a step of the round that is under way or due; `send` gets each message.
    mutating func step<Failure: Error>(
        _ values: LastValues, at now: Timestamp,
        send: (_ topic: [UInt8], _ payload: [UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        if round.isEmpty {
            // A clock that was set back must not hold a round up.
            guard !waiting.isEmpty, now < lastEnd || now - lastEnd >= LastValueRounds.pause else { return }
            round = waiting.map { ($0, 0) }
            waiting.removeAll(keepingCapacity: true)
            place = 0
        }
        let count = values.count
        var (looked, sent) = (0, 0)
        while place < count, looked < LastValueRounds.lookLimit, sent < LastValueRounds.sendLimit {
            if isWanted(values.topic(place)), let message = values.message(place) {
                try send(message.topic, message.payload)
                sent += 1
            }
            looked += round.count
            place += 1
        }
        guard place >= count else { return }
        round.removeAll(keepingCapacity: true)
        lastEnd = now
    }

    private mutating func isWanted(_ topic: [UInt8]) -> Bool {
        var isWanted = false
        for index in round.indices where topic.starts(with: round[index].prefix) {
            guard round[index].sent < LastValueRounds.topicLimit else {
                dropped += 1
                continue
            }
            round[index].sent += 1
            isWanted = true
        }
        return isWanted
    }
}
