internal import Journal
internal import Market
internal import Memory
internal import Rings
internal import Updates

/// One symbols node as a store reads it.
final class StoreFlow {
    let node: String
    /// The node, with its shard where it has some: under this name a store keeps its place.
    let name: String
    private let inflow: StoreInflow
    let journal: any ReadableJournal
    /// One and the same for as long as the store is fed: it may remember what it says.
    private let origin: UpdateOrigin
    private var choice: StoreFilter
    private let symbols = JournalSymbols()
    private let topics: JournalTopics
    private var known: [JournalDefinition] = []
    private var latest = Timestamp(nanoseconds: 0)
    private var readBytes = 0
    private var batch = ByteBuffer()

    /// - Parameter journal: of updates; it must be open.
    init(_ inflow: StoreInflow, _ journal: any ReadableJournal) {
        self.inflow = inflow
        self.journal = journal
        node = inflow.node
        name = inflow.name
        // All topics are defined when the journal is opened for writing; what comes later are symbols.
        topics = JournalTopics(journal.definitions)
        let (table, known) = topics.table
        let symbols = symbols
        origin = UpdateOrigin(node: inflow.node, shard: inflow.shard, topics: table) { symbols[$0] }
        choice = StoreFilter(
            LinkFilter(prefixes: inflow.topics, symbols: inflow.symbols, topics: table), known, symbols)
    }

    var place: JournalPlace { JournalPlace(journal: journal.id, position: journal.position) }
    var hasNews: Bool { journal.head > journal.position }
    /// Whether there are some that can be read without waiting for another process.
    var hasNewsHere: Bool { !inflow.isDistant && hasNews }
    /// Whether its journal ends where the reader stands.
    var isDone: Bool { journal.isEnded && !hasNews }
    var lagText: String { "\(name): \(inflow.lag.head.value - inflow.lag.position.value) updates" }

    /// Goes to where the store is; nil for the oldest record that is left.
    func seek(_ place: JournalPlace?) throws {
        guard let place else {
            try journal.seek(behind: inflow.beginsNow ? journal.head : 0)
            return inflow.lag.position.add(Int(journal.position) - inflow.lag.position.value)
        }
        guard place.journal == journal.id else {
            throw StoreMismatch(node: name, stored: place, journal: journal.id, head: journal.head)
        }
        do { try journal.seek(behind: place.position) } catch JournalError.ahead(let head) {
            throw StoreMismatch(node: name, stored: place, journal: journal.id, head: head)
        } catch JournalError.trimmed(let oldest) {
            throw StoreCutOff(node: name, stored: place.position, oldest: oldest)
        }
        known = []
        inflow.lag.position.add(Int(place.position) - inflow.lag.position.value)
    }

    /// Whether the journal still holds what the store lacks: one that is away need not be waited for otherwise.
    func checkCutOff() throws {
        let stored = UInt64(inflow.lag.position.value)
        guard let oldest = inflow.lag.cutOff, stored + 1 < oldest else { return }
        throw StoreCutOff(node: name, stored: stored, oldest: oldest)
    }

    /// Hands the next batch on; returns how many updates it held.
    func next(into sink: any Sink) throws -> Int {
        inflow.lag.head.add(Int(journal.head) - inflow.lag.head.value)
        let count = try read()
        guard count > 0 else { return 0 }
        try learn()
        try batch.withBytes { bytes in try choice.pass(bytes) { try sink.receive($0, from: origin) } }
        return count
    }

    /// Takes in what indices mean; topics that the publisher has got meanwhile with another topology end the reading.
    private func learn() throws {
        let definitions = journal.definitions
        guard definitions != known else { return }
        known = definitions
        guard topics.topics.starts(with: JournalTopics(definitions).topics) else { throw TopicsChanged(node: name) }
        symbols.learn(definitions)
    }

    /// Reads the next batch; returns how many updates it holds.
    private func read() throws -> Int {
        var count = 0
        batch.removeAll()
        let place = place
        do {
            _ = try journal.next { head, bytes in
                // Copied: what an index means in it, the reader says only behind the call.
                batch.append(bytes)
                count = head.count
                latest = max(latest, head.latest)
            }
        } catch JournalError.ahead(let head) {
            throw StoreMismatch(node: name, stored: place, journal: journal.id, head: head)
        } catch JournalError.trimmed(let oldest) {
            throw StoreCutOff(node: name, stored: UInt64(inflow.lag.position.value), oldest: oldest)
        }
        readBytes += batch.count
        return count
    }

    /// Everything is taken and kept.
    func leave() { journal.leave() }

    func noteCommit() {
        let lag = inflow.lag
        journal.hold(journal.position)
        lag.position.add(Int(journal.position) - lag.position.value)
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

/// A publisher came back with other topics than its reader has learnt.
struct TopicsChanged: Error, CustomStringConvertible {
    let node: String
    var description: String { "\(node) publishes other topics than before; its readers must begin anew" }
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
