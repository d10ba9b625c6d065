internal import Graph
internal import Memory
internal import Rings

/// One symbols node that feeds a store or a witness: a whole one, or a shard of it.
struct StoreInflow: Sendable {
    let node: String
    let shard: Int?
    /// Topic prefixes; empty stands for all.
    let topics: [String]
    /// The symbols that pass; nil for all.
    let symbols: SymbolSet?
    /// Whether who keeps no place begins with what comes now.
    let beginsNow: Bool
    let isDistant: Bool
    let open: @Sendable () throws -> any ReadableJournal
    let lag = StoreLag()

    /// The journal of a node of this process.
    init(_ inflow: SinkPart.Inflow, shard: Int?, open: @escaping @Sendable () throws -> any ReadableJournal) {
        (node, topics, symbols) = (inflow.flow, inflow.topics, inflow.symbols)
        (self.shard, beginsNow, isDistant, self.open) = (shard, false, false, open)
    }

    /// That of a node of another one.
    init(
        _ inflow: SinkPart.Inflow, shard: Int?, beginsNow: Bool,
        open: @escaping @Sendable () throws -> any ReadableJournal
    ) {
        (node, topics, symbols) = (inflow.flow, inflow.topics, inflow.symbols)
        (self.shard, self.beginsNow, isDistant, self.open) = (shard, beginsNow, true, open)
    }

    /// That of a shard which is no more.
    init(_ inflow: SinkPart.Inflow, left part: LeftPart) {
        self.init(inflow, shard: part.shard) { try FileJournal(left: part.folder) }
    }

    var name: String { UpdateOrigin.name(node, shard: shard) }
}

/// The journal of updates of a shard that a topology had in an earlier run: nobody writes it, and a store may still
/// lack its end.
struct LeftPart: Sendable {
    let shard: Int?
    let folder: String
}

extension DataFolder {
    /// The journals of a symbols node's updates that lie here and belong to none of its parts of now.
    func leftParts(of inflow: SinkPart.Inflow) -> [LeftPart] {
        let now: [Int?] = inflow.journals.isEmpty ? [nil] : inflow.journals.map(\.shard)
        let possible: [Int?] = [nil] + (0..<ShardPlan.limit).map { $0 }
        return possible.filter { !now.contains($0) }.compactMap { shard in
            let folder = updates(of: UpdateOrigin.name(inflow.flow, shard: shard))
            return StoredFolder.exists(folder) ? LeftPart(shard: shard, folder: folder) : nil
        }
    }
}

/// How far a store is behind its publisher, for whoever asks.
final class StoreLag: Sendable {
    /// The last position that was published, as far as the store knows, and the last that it holds.
    let head = Tally()
    let position = Tally()
    /// The venue time up to which it holds updates; nanoseconds.
    let storedTime = Tally()
    let byteCount = Tally()
    private let cut = Tally()
    private let gone = Signal()

    /// Whether it has ended for itself.
    var isGone: Bool { gone.isRaised }
    /// The oldest position that was left when the journal last let go of what it lacked; nil where it never did.
    var cutOff: UInt64? { cut.value > 0 ? UInt64(cut.value) : nil }

    func cutOff(before oldest: UInt64) { cut.add(Int(oldest) - cut.value) }
    func leave() { gone.raise() }
}
