internal import Graph
internal import Journal
internal import Memory
internal import Wire

/// Moves what a data folder keeps of a symbols node's symbols to the shards to which they belong from now on.
///
/// All of the node's processes must stand still. A symbol's snapshots and the last numbers of its topics go along, and
/// nothing else: what its new shard has not taken yet it reads from its source's journal, and what it makes again is
/// known by the numbers. Each step may be done twice, so that one that was interrupted is simply begun again.
public struct Resharding {
    /// What was done.
    public struct Report: Sendable {
        public let symbols: Int
        public let moved: Int
        /// Parts that have no process any more, with the ends of their journals.
        public let left: [(part: String, position: UInt64)]
    }

    private let data: DataFolder
    private let flow: FlowShards
    private let newId: @Sendable () -> UInt64
    private let tell: (String) -> Void

    public init(
        _ flow: FlowShards, in data: DataFolder, newId: @escaping @Sendable () -> UInt64,
        tell: @escaping (String) -> Void
    ) {
        self.flow = flow
        self.data = data
        self.newId = newId
        self.tell = tell
    }

    /// The names of the parts: the node itself where it is whole.
    private func parts(_ count: Int) -> [String] {
        count == 1 ? [flow.flow] : (0..<count).map { UpdateOrigin.name(flow.flow, shard: $0) }
    }

    private func target(of symbol: String) -> String {
        parts(flow.shards.count)[flow.shards.shard(of: symbol)]
    }

    /// - Throws: `JournalError.locked` where a process of the node still runs.
    public func run() throws -> Report {
        let targets = parts(flow.shards.count)
        let all = Array(Set(parts(1) + (0..<ShardPlan.limit).map { UpdateOrigin.name(flow.flow, shard: $0) } + targets))
        let present = all.filter { StoredFolder.exists(data.updates(of: $0)) || targets.contains($0) }.sorted()
        var journals: [String: OpenPart] = [:]
        for part in present { journals[part] = try OpenPart(part, in: data, newId(), tell) }
        var (symbols, moved) = (0, 0)
        for part in present {
            guard let here = journals[part] else { continue }
            // One that was moved away before is still defined here, without a number.
            let names = here.numbers.lines.filter { $0.numbers.contains { $0 > 0 } }.map(\.symbol.name)
            symbols += names.count
            for name in names where target(of: name) != part {
                guard let there = journals[target(of: name)] else { continue }
                try SnapshotFolder(data.snapshots(of: part)).move(
                    name, to: SnapshotFolder(data.snapshots(of: there.name)))
                there.numbers.put(here.numbers.take([name]))
                moved += 1
            }
        }
        for part in present { try moveFaults(of: part, to: targets) }
        // First where they are new: who is found twice after an interruption goes to the same place again.
        for part in targets { try journals[part]?.keep() }
        for part in present where !targets.contains(part) { try journals[part]?.keep() }
        try flow.write(in: data)
        let left = present.filter { !targets.contains($0) }.compactMap { part in
            journals[part].map { (part: part, position: $0.numbers.place.position) }
        }
        return Report(symbols: symbols, moved: moved, left: left)
    }
}

extension Resharding {
    /// Gives the faults of symbols that are another part's now to it. What lanes were at when a process ended is
    /// forgotten: symbols have other numbers there.
    private func moveFaults(of part: String, to targets: [String]) throws {
        try LaneMarkFolder(data, flow: part).clear()
        let (file, isMoving) = (FaultFile(data, flow: part), { target(of: $0) != part })
        var moving = try file.read()
        let faults = moving.take(isMoving)
        guard !faults.isEmpty else { return }
        // First where they are new, as all else.
        for other in targets {
            try FaultFile(data, flow: other).change { list in
                list.put(faults.filter { target(of: $0.symbol) == other })
            }
        }
        try file.change { _ = $0.take(isMoving) }
    }
}

/// A part's journal of updates, held so that nobody else writes it, with its numbers.
private final class OpenPart {
    let name: String
    var numbers: LastNumbers
    private let folder: String
    private let writer: JournalWriter

    init(_ name: String, in data: DataFolder, _ id: UInt64, _ tell: (String) -> Void) throws {
        self.name = name
        folder = data.updates(of: name)
        writer = try JournalWriter(opening: folder, content: .updates, settings: data.journal, newId: id)
        numbers = try LastNumbers(of: folder, tell: tell)
        try StoredFolder.make(data.snapshots(of: name))
    }

    func keep() throws { try numbers.write(in: folder) }
}
