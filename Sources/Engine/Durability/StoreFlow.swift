internal import Journal
internal import Market
internal import Memory
internal import Rings
internal import Updates

/// One symbols node as a store reads it.
final class StoreFlow {
    let node: String
    private let inflow: StoreLoop.Inflow
    private var reader: JournalReader
    /// One and the same for as long as the store is fed: it may remember what it says.
    private let origin: UpdateOrigin
    private let choice: StoreFilter
    private let symbols = JournalSymbols()
    private var definitions = 0
    private var latest = Timestamp(nanoseconds: 0)
    private var readBytes = 0
    private var batch = ByteBuffer()

    init(_ inflow: StoreLoop.Inflow) throws {
        self.inflow = inflow
        node = inflow.node
        reader = try JournalReader(opening: inflow.folder)
        // All topics are defined when the journal is opened for writing; what comes later are symbols.
        let (table, known) = JournalTopics(try reader.lastDefinitions()).table
        let symbols = symbols
        origin = UpdateOrigin(node: inflow.node, topics: table) { symbols[$0] }
        choice = StoreFilter(LinkFilter(prefixes: inflow.topics, topics: table), known, symbols)
    }

    var place: JournalPlace { JournalPlace(journal: reader.id, position: reader.position) }
    var hasNews: Bool { inflow.progress.head.value > Int(reader.position) }
    var lagText: String { "\(node): \(inflow.progress.head.value - inflow.lag.position.value) updates" }

    /// Goes to where the store is; nil for the oldest record that is left.
    func seek(_ place: JournalPlace?) throws {
        guard let place else {
            try reader.seek(behind: 0)
            return inflow.lag.position.add(Int(reader.position) - inflow.lag.position.value)
        }
        guard place.journal == reader.id else {
            throw StoreMismatch(node: node, stored: place, journal: reader.id, head: reader.head)
        }
        do { try reader.seek(behind: place.position) } catch JournalError.ahead(let head) {
            throw StoreMismatch(node: node, stored: place, journal: reader.id, head: head)
        } catch JournalError.trimmed(let oldest) {
            throw StoreCutOff(node: node, stored: place.position, oldest: oldest)
        }
        definitions = 0
        inflow.lag.position.add(Int(place.position) - inflow.lag.position.value)
    }

    /// Whether the journal still holds what the store lacks: one that is away need not be waited for otherwise.
    func checkCutOff() throws {
        let stored = UInt64(inflow.lag.position.value)
        guard let oldest = inflow.lag.cutOff, stored + 1 < oldest else { return }
        throw StoreCutOff(node: node, stored: stored, oldest: oldest)
    }

    /// Hands the next batch on; returns how many updates it held.
    func next(into sink: any Sink) throws -> Int {
        guard hasNews else { return 0 }
        let count = try read()
        if reader.definitions.count != definitions {
            definitions = reader.definitions.count
            symbols.learn(reader.definitions)
        }
        try batch.withBytes { bytes in try choice.pass(bytes) { try sink.receive($0, from: origin) } }
        return count
    }

    /// Reads the next batch; returns how many updates it holds.
    private func read() throws -> Int {
        var count = 0
        batch.removeAll()
        do {
            _ = try reader.next { head, bytes in
                // Copied: what an index means in it, the reader says only behind the call.
                batch.append(bytes)
                count = head.count
                latest = max(latest, head.latest)
            }
        } catch JournalError.trimmed(let oldest) {
            throw StoreCutOff(node: node, stored: UInt64(inflow.lag.position.value), oldest: oldest)
        }
        readBytes += batch.count
        return count
    }

    func noteCommit() {
        let lag = inflow.lag
        lag.position.add(Int(reader.position) - lag.position.value)
        lag.storedTime.add(Int(latest.nanoseconds) - lag.storedTime.value)
        lag.byteCount.add(readBytes - lag.byteCount.value)
    }
}

/// The symbols that a journal's indices mean, as far as they have been read.
final class JournalSymbols: Sendable {
    private let known = Guarded<[(symbol: Symbol, sizeStep: Int64)?]>([])

    func learn(_ definitions: [JournalDefinition]) {
        known.withLock { list in
            for definition in definitions where definition.kind == .symbol {
                let index = Int(definition.key)
                while list.count <= index { list.append(nil) }
                list[index] = SymbolDefinition(definition.bytes).flatMap { known in
                    Symbol(known.name).map { ($0, known.sizeStep) }
                }
            }
        }
    }

    subscript(index: UInt32) -> (symbol: Symbol, sizeStep: Int64) {
        guard let symbol = known.withLock({ $0[Int(index)] }) else {
            preconditionFailure("A journal must define a symbol before its first update.")
        }
        return symbol
    }
}

/// A store that is ahead of its publisher, or that holds what another journal has published.
struct StoreMismatch: Error, CustomStringConvertible {
    let node: String
    let stored: JournalPlace
    let journal: UInt64
    let head: UInt64

    var description: String {
        let own = JournalPlace(journal: journal, position: head)
        return "the store holds the updates of \(node) up to \(stored), and its publisher is at \(own); give the store "
            + "its own journal back, or begin with an empty store"
    }
}

/// A store has lagged so far that the journal has let go of what it lacks.
struct StoreCutOff: Error, CustomStringConvertible {
    let node: String
    /// The last position that the store holds.
    let stored: UInt64
    /// The oldest position that is left.
    let oldest: UInt64

    var description: String {
        "the store holds the updates of \(node) up to position \(stored), and its journal begins at position "
            + "\(oldest) now: what lies between is gone; begin with an empty store"
    }
}

/// The run has ended and the store is still away.
struct StoreBehind: Error, CustomStringConvertible {
    let reason: StoreUnavailable
    let lags: [String]

    var description: String {
        "\(reason); what it lacks (\(lags.joined(separator: ", "))) is in the journal and comes with the next run"
    }
}
