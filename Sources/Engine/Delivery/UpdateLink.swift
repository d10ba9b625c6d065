internal import Market
public import Graph
public import Rings
public import Updates
internal import Wire

/// What happens to an update that finds no room in its link.
public enum LinkOverflow: Sendable {
    /// The lane waits: nothing is lost, and a slow sink slows the source down. Only where every source can wait.
    case wait
    /// The new update is dropped and counted; its number is missing on the far side.
    case dropNewest
}

/// What a link has carried: offered = delivered + dropped + in flight.
public final class LinkCounts: Sendable {
    public let offered = Tally()
    public let dropped = Tally()
    public let delivered = Tally()
    public var inFlight: Int { offered.value - dropped.value - delivered.value }
    public init() {}
}

/// Which updates of a node a link carries.
public struct LinkFilter: Sendable {
    /// By slot: everything, nothing, or some symbols.
    enum Choice: Sendable, Equatable {
        case all, none
        case symbols([String])
    }

    let choices: [Choice]
    /// The symbols that pass; nil for all.
    let symbolSet: SymbolSet?
    var isEverything: Bool { symbolSet == nil && choices.allSatisfy { $0 == .all } }

    /// - Parameter prefixes: topic prefixes as an edge lists them, `candle/1m/`, `candle/1m/IBM/` or `candle/`; empty
    ///   stands for all topics.
    public init(prefixes: [String], symbols: SymbolSet?, topics: TopicTable) {
        symbolSet = symbols
        choices = topics.entries.map { entry in
            if prefixes.isEmpty || prefixes.contains(where: { entry.prefix.hasPrefix($0) }) { return .all }
            let symbols = prefixes.compactMap { prefix -> String? in
                guard prefix.hasPrefix(entry.prefix) else { return nil }
                return String(prefix.dropFirst(entry.prefix.count))
            }
            return symbols.isEmpty ? .none : .symbols(symbols)
        }
    }
}

/// Remembers which symbols a link lets through, so that a name is looked at once.
struct SymbolVerdicts {
    private let set: SymbolSet?
    private var known: [Bool?] = []

    init(_ set: SymbolSet?) { self.set = set }

    mutating func passes(_ index: UInt32, name: () -> String) -> Bool {
        guard let set else { return true }
        let place = Int(index)
        if place < known.count, let verdict = known[place] { return verdict }
        while known.count <= place { known.append(nil) }
        let verdict = set.contains(name())
        known[place] = verdict
        return verdict
    }
}

/// The lane's end of a link inside the process.
struct LinkWriter: ~Copyable {
    /// One run of records copied at once.
    private static let runLimit = 1 << 15

    private var ring: ByteRingWriter
    private let filter: LinkFilter
    private let carriesAll: Bool
    private let overflow: LinkOverflow
    private let counts: LinkCounts
    private let desk: SinkDesk
    private let roster: Roster
    private var verdicts: SymbolVerdicts

    init(ring: consuming ByteRingWriter, plan: LinkPlan) {
        self.ring = ring
        filter = plan.filter
        carriesAll = plan.filter.isEverything
        overflow = plan.overflow
        counts = plan.counts
        desk = plan.desk
        roster = plan.roster
        verdicts = SymbolVerdicts(plan.filter.symbolSet)
    }

    /// Whether half of it is free.
    var isRoomy: Bool { ring.inFlightBytes < ring.limit }

    /// Offers every record of an outbox that the filter lets through.
    mutating func carry(_ bytes: RawSpan) {
        var start = 0
        var offset = 0
        var updates = 0
        var brought = 0
        while offset < bytes.byteCount {
            let head = RecordReader.head(in: bytes, at: offset)
            let end = offset + Int(head.length)
            let wanted = carriesAll || wants(head)
            if !wanted || end - start > LinkWriter.runLimit {
                brought += write(bytes, from: start, to: offset, updates: updates)
                start = wanted ? offset : end
                updates = 0
            }
            if wanted { updates += 1 }
            offset = end
        }
        brought += write(bytes, from: start, to: offset, updates: updates)
        ring.publish()
        desk.bring(brought)
    }

    private mutating func wants(_ head: RecordHead) -> Bool {
        guard verdicts.passes(head.symbol, name: { roster.symbol(head.symbol).symbol.name }) else { return false }
        switch filter.choices[Int(head.slot)] {
        case .all: return true
        case .none: return false
        case .symbols(let prefixes):
            let name = PercentEncoding.encode(roster.symbol(head.symbol).symbol.name) + "/"
            return prefixes.contains { name.hasPrefix($0) }
        }
    }

    /// Returns how many bytes found room.
    private mutating func write(_ bytes: RawSpan, from start: Int, to end: Int, updates: Int) -> Int {
        guard end > start, updates > 0 else { return 0 }
        counts.offered.add(updates)
        let run = bytes.extracting(start..<end)
        guard run.byteCount <= ring.limit else {
            counts.dropped.add(updates)
            return 0
        }
        var patience = 0
        while !ring.write(run) {
            ring.publish()
            desk.parker.wake()
            if overflow == .dropNewest || desk.abandoned.isRaised {
                counts.dropped.add(updates)
                return 0
            }
            patience += 1
            Seat.wait(patience)
        }
        return run.byteCount
    }
}

/// What a link is made from, beside its ring.
struct LinkPlan {
    let filter: LinkFilter
    let overflow: LinkOverflow
    let counts: LinkCounts
    let desk: SinkDesk
    let roster: Roster
}
