internal import Journal
internal import Market
internal import Memory
internal import Rings
internal import Updates

/// A store, or a witness, that reads journals of updates at its own pace: a slow one lags and holds up nobody.
///
/// What it takes it commits with the place in the journal; where it cannot, it begins again behind what it holds.
final class StoreLoop {
    /// One symbols node that feeds it.
    struct Inflow: Sendable {
        let node: String
        let folder: String
        /// Topic prefixes; empty stands for all.
        let topics: [String]
        let progress: JournalProgress
        let lag: StoreLag
    }

    private static let beat: Int64 = 100_000_000
    private static let spinLimit = 200
    /// Updates of one commit at most, and how long one that is not full waits.
    private static let commitLimit = 10_000
    private static let commitInterval: Int64 = 200_000_000
    private static let longestPause: Int64 = 5_000_000_000
    /// How long a store that is away is waited for when nothing more will come.
    private static let lastPatience: Int64 = 10_000_000_000

    private let sink: any Sink
    private let store: (any StoreSink)?
    private var flows: [StoreFlow] = []
    private let parker: Parker
    private let closing: Signal
    private let world: World
    private let tell: @Sendable (String) -> Void
    private var waiting = 0
    private var firstWaiting: Int64 = 0
    private var lastBeat: Int64 = 0

    init(
        _ sink: any Sink, inflows: [Inflow], parker: Parker, closing: Signal, world: World
    ) throws {
        self.sink = sink
        store = sink as? any StoreSink
        self.parker = parker
        self.closing = closing
        self.world = world
        tell = world.tell
        flows = try inflows.map { try StoreFlow($0) }
        for flow in flows { try flow.seek(store?.place(of: flow.node), isStore: store != nil) }
    }

    /// Works until nothing more can come and everything is stored.
    func run() throws {
        var idle = 0
        var closedSince: Int64?
        while true {
            let isClosing = closing.isRaised
            do {
                let taken = try takeAll()
                try commitIfDue(isLast: isClosing && taken == 0)
                if taken == 0, isClosing { return try sink.close() }
                idle = taken > 0 ? 0 : idle + 1
                try beatIfDue()
            } catch let reason as StoreUnavailable {
                if isClosing { closedSince = closedSince ?? Seat.monotonic }
                try recover(from: reason, closedSince: closedSince)
            }
            if idle > StoreLoop.spinLimit {
                parker.park(atMost: UInt64(StoreLoop.beat / 4)) { closing.isRaised || hasNews }
            }
        }
    }

    private var hasNews: Bool { flows.contains { $0.hasNews } }

    private func takeAll() throws -> Int {
        var taken = 0
        for flow in flows {
            while waiting < StoreLoop.commitLimit {
                let count = try flow.next(into: sink)
                guard count > 0 else { break }
                if waiting == 0 { firstWaiting = Seat.monotonic }
                waiting += count
                taken += count
            }
        }
        return taken
    }

    private func commitIfDue(isLast: Bool) throws {
        guard waiting > 0 else { return }
        let isDue = Seat.monotonic - firstWaiting >= StoreLoop.commitInterval
        guard isLast || isDue || waiting >= StoreLoop.commitLimit else { return }
        try sink.flush()
        for flow in flows {
            if let store { try store.commit(flow.place, of: flow.node) }
            flow.noteCommit()
        }
        waiting = 0
    }

    private func beatIfDue() throws {
        let time = Seat.monotonic
        guard time - lastBeat >= StoreLoop.beat else { return }
        lastBeat = time
        try sink.beat(world.now())
    }

    /// Waits until the store is there again, and goes on behind what it holds.
    private func recover(from reason: StoreUnavailable, closedSince: Int64?) throws {
        guard let store else { throw reason }
        tell("waiting for a store: \(reason)")
        var pause = StoreLoop.beat
        var last = reason
        while true {
            if let closedSince, Seat.monotonic - closedSince > StoreLoop.lastPatience {
                throw StoreBehind(reason: last, lags: flows.map(\.lagText))
            }
            world.sleep(pause)
            pause = min(pause * 2, StoreLoop.longestPause)
            do {
                try store.reopen()
                for flow in flows { try flow.seek(try store.place(of: flow.node), isStore: true) }
                waiting = 0
                return tell("the store is there again")
            } catch let error as StoreUnavailable { last = error }
        }
    }
}

/// How far a store is behind its publisher, for whoever asks.
final class StoreLag: Sendable {
    /// The last position that the store holds.
    let position = Tally()
    /// The venue time up to which it holds updates, and the newest that was published; nanoseconds.
    let storedTime = Tally()
    let byteCount = Tally()
}

/// One symbols node as a store reads it.
private final class StoreFlow {
    let node: String
    private let inflow: StoreLoop.Inflow
    private var reader: JournalReader
    private var origin: UpdateOrigin?
    private var choice: StoreFilter?
    private var definitions = 0
    private var latest = Timestamp(nanoseconds: 0)
    private var readBytes = 0
    private var batch = ByteBuffer()

    init(_ inflow: StoreLoop.Inflow) throws {
        self.inflow = inflow
        node = inflow.node
        reader = try JournalReader(opening: inflow.folder)
    }

    var place: JournalPlace { JournalPlace(journal: reader.id, position: reader.position) }
    var hasNews: Bool { inflow.progress.head.value > Int(reader.position) }
    var lagText: String { "\(node): \(inflow.progress.head.value - inflow.lag.position.value) updates" }

    /// Goes to where the store is; nil for the oldest record that is left.
    func seek(_ place: JournalPlace?, isStore: Bool) throws {
        guard let place else { return try reader.seek(behind: 0) }
        guard place.journal == reader.id else {
            throw StoreMismatch(node: node, stored: place, journal: reader.id, head: reader.head)
        }
        do { try reader.seek(behind: place.position) } catch JournalError.ahead(let head) {
            throw StoreMismatch(node: node, stored: place, journal: reader.id, head: head)
        }
        definitions = 0
        inflow.lag.position.add(Int(place.position) - inflow.lag.position.value)
    }

    /// Hands the next batch on; returns how many updates it held.
    func next(into sink: any Sink) throws -> Int {
        guard hasNews else { return 0 }
        var count = 0
        batch.removeAll()
        _ = try reader.next { head, bytes in
            // Copied: what an index means in it, the reader says only behind the call.
            batch.append(bytes)
            count = head.count
            latest = max(latest, head.latest)
        }
        readBytes += batch.count
        learn(reader.definitions)
        guard let origin, let choice else { return count }
        try batch.withBytes { bytes in try choice.pass(bytes) { try sink.receive($0, from: origin) } }
        return count
    }

    func noteCommit() {
        let lag = inflow.lag
        lag.position.add(Int(reader.position) - lag.position.value)
        lag.storedTime.add(Int(latest.nanoseconds) - lag.storedTime.value)
        lag.byteCount.add(readBytes - lag.byteCount.value)
    }

    private func learn(_ list: [JournalDefinition]) {
        guard list.count != definitions else { return }
        definitions = list.count
        let (table, known) = JournalTopics(list).table
        var symbols: [(symbol: Symbol, sizeStep: Int64)?] = []
        for definition in list where definition.kind == .symbol {
            let index = Int(definition.key)
            while symbols.count <= index { symbols.append(nil) }
            symbols[index] = SymbolDefinition(definition.bytes).flatMap { known in
                Symbol(known.name).map { ($0, known.sizeStep) }
            }
        }
        let names = symbols
        origin = UpdateOrigin(node: node, topics: table) { index in
            guard let symbol = names[Int(index)] else {
                preconditionFailure("A journal must define a symbol before its first update.")
            }
            return symbol
        }
        choice = StoreFilter(LinkFilter(prefixes: inflow.topics, topics: table), known, names.map { $0?.symbol })
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

/// The run has ended and the store is still away.
struct StoreBehind: Error, CustomStringConvertible {
    let reason: StoreUnavailable
    let lags: [String]

    var description: String {
        "\(reason); what it lacks (\(lags.joined(separator: ", "))) is in the journal and comes with the next run"
    }
}
