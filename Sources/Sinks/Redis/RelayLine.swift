internal import Redis

/// The relay's way to the server: one batch is filled while another is under way.
struct RelayLine: ~Copyable {
    /// What a lost connection took with it.
    struct Loss: Sendable {
        let error: RedisError
        /// Keys of the board whose values the server may not have.
        let places: [Int]
    }

    /// Bytes after which a batch is sent, however few commands it has.
    private static let byteLimit = 1 << 20

    private let address: RedisAddress
    private let limits: RedisConnection.Limits
    private let depth: Int
    private var connection: RedisConnection?
    private var underWay = RelayBatch()
    /// The batch that is filled.
    var batch = RelayBatch()
    /// The counts that the line keeps: published, dropped, values, commands, refused, bytes, losses.
    private(set) var counts = RelayCounts()
    /// Refused commands since they were last taken, by code.
    private var refusals: [RedisRefusal] = []

    init(to address: RedisAddress, silence: Duration, depth: Int) {
        self.address = address
        self.depth = depth
        limits = RedisConnection.Limits(connecting: silence, silence: silence)
    }

    var isOpen: Bool { connection != nil }
    var isFull: Bool { batch.commands.count >= depth || batch.commands.byteCount >= RelayLine.byteLimit }
    var server: String { address.description }

    mutating func open() throws(RedisError) {
        precondition(connection == nil, "A line must be closed before it is opened.")
        connection = try RedisConnection.open(address, limits: limits)
    }

    /// Reads the replies to what is under way, then nothing is. Nil unless the connection was lost.
    mutating func settle() -> Loss? {
        guard isOpen else { return nil }
        var refused: [RedisRefusal] = []
        do throws(RedisError) {
            try connection?.receive(underWay.commands.count) { reply in
                if case .error(let refusal) = reply { refused.append(refusal) }
            }
        } catch {
            return lose(error)
        }
        counts.commands += underWay.commands.count
        counts.published += underWay.messages
        counts.values += underWay.places.count
        counts.refused += refused.count
        refusals += refused
        underWay.removeAll()
        return nil
    }

    /// Sends the batch, and reads meanwhile what the server owes for the one before.
    mutating func exchange() -> Loss? {
        guard isOpen, !batch.commands.isEmpty else { return nil }
        let bytes = batch.commands.byteCount
        do throws(RedisError) { try connection?.send(batch.commands) } catch { return lose(error) }
        counts.bytes += bytes
        if let loss = settle() { return loss }
        swap(&batch, &underWay)
        return nil
    }

    /// The refusals since the last call; at most one run's.
    mutating func takeRefusals() -> [RedisRefusal] {
        defer { refusals.removeAll(keepingCapacity: true) }
        return refusals
    }

    /// Counts what was on its way; whether the server has taken it nobody knows.
    private mutating func lose(_ error: RedisError) -> Loss {
        connection = nil
        counts.losses += 1
        counts.dropped += underWay.messages + batch.messages
        counts.droppedEntries += underWay.entries + batch.entries
        let places = underWay.places + batch.places
        underWay.removeAll()
        batch.removeAll()
        return Loss(error: error, places: places)
    }
}
