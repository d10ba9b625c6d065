internal import Memory
internal import Rings

/// The broken symbols of a symbols node in one run: what earlier ends have taught, and what states say now.
///
/// Where there is a data folder it keeps them in a file, and the lanes' marks beside it.
final class Quarantine: Sendable {
    private static let pause = Duration.milliseconds(200)

    private struct State {
        var list = FaultList()
        /// Faults that states have returned and that the file does not have yet.
        var news: [SymbolFault] = []
        /// Symbols of which only now it is known what journal their faults are of.
        var bound: [(symbol: String, journal: UInt64)] = []
        /// Faults of other journals than those that are here: nothing is done about them.
        var foreign: Set<SymbolFault> = []
        /// Those of them that were not told yet.
        var untold: [SymbolFault] = []
    }

    private let state = Guarded(State())
    private let data: DataFolder?
    private let flow: String

    init(_ data: DataFolder?, flow: String) {
        self.data = data
        self.flow = flow
    }

    /// The faults of symbols that take nothing.
    var broken: [SymbolFault] { state.withLock { state in state.list.broken.filter { !state.foreign.contains($0) } } }

    /// How many faults there are of each standing.
    var counts: [SymbolFault.Standing: Int] {
        state.withLock { state in
            Dictionary(
                state.list.faults.filter { !state.foreign.contains($0) }.map { ($0.standing, 1) }, uniquingKeysWith: +)
        }
    }

    /// Reads what is known, and what the lanes of an earlier run were at when its process ended. The data folder must
    /// be this run's own by now.
    ///
    /// - Parameter symbol: whom a mark's subject means; nil where no journal says.
    func recall(_ symbol: (LaneSubject) throws -> MarkedSymbol?, tell: (String) -> Void) throws {
        guard let data else { return }
        var ends: [(symbol: MarkedSymbol, place: EventPlace, reason: String)] = []
        for mark in try LaneMarkFolder(data, flow: flow).readings() {
            guard let reason = FaultReason.text(mark) else { continue }
            guard let found = try symbol(LaneSubject(mark.subject)) else { continue }
            ends.append((found, EventPlace(key: mark.event), reason))
        }
        let list = try FaultFile(data, flow: flow).change { list in
            for end in ends {
                list.noteEnd(of: end.symbol.name, at: end.place, in: end.symbol.journal, reason: end.reason)
            }
        }
        // Their content is in the list: another end before the new marks are there must not count twice.
        try LaneMarkFolder(data, flow: flow).clear()
        state.withLock { $0.list = list }
        for fault in list.faults
        where fault.isBroken || ends.contains(where: { $0.symbol.name == fault.symbol }) {
            tell("\(flow): \(fault)")
        }
    }

    /// What is to be done about a symbol's faults, in the order of their events.
    ///
    /// - Parameter journal: that of its source; nil where nothing is kept.
    func faults(of symbol: String, in journal: UInt64?) -> [SymbolFault] {
        state.withLock { state in
            let known = state.list.faults.filter { $0.symbol == symbol && $0.standing != .suspect }
            guard !known.isEmpty else { return [] }
            for fault in known where !fault.concerns(journal) && state.foreign.insert(fault).inserted {
                state.untold.append(fault)
            }
            if let journal, known.contains(where: { $0.journal == nil }) {
                state.list.bind(symbol, to: journal)
                state.bound.append((symbol, journal))
            }
            return known.filter { $0.concerns(journal) }.sorted { $0.place < $1.place }
        }
    }

    /// The mark of a lane: in the data folder, or in memory where there is none.
    func mark(ofLane number: Int) throws -> LaneMark {
        guard let data else { return LaneMark() }
        return try LaneMarkFolder(data, flow: flow).make(lane: number)
    }

    /// Writes down what states say of themselves, until it is cancelled.
    func run(tell: (String) -> Void) async {
        while (try? await Task.sleep(for: Quarantine.pause)) != nil {
            do { try write(tell: tell) } catch { tell("\(flow): \(error)") }
        }
    }

    /// The lanes have ended in order: their marks say nothing.
    func end(tell: (String) -> Void) throws {
        try write(tell: tell)
        guard let data else { return }
        try LaneMarkFolder(data, flow: flow).clear()
    }

    /// A state has said that it cannot go on; called on its lane.
    func note(_ fault: SymbolFault) {
        state.withLock { state in
            state.list.noteReturned(fault)
            state.news.append(fault)
        }
    }

    /// Writes down what came since. What cannot be written is tried again the next time.
    private func write(tell: (String) -> Void) throws {
        let (news, bound, untold) = state.withLock { state in
            defer { (state.news, state.bound, state.untold) = ([], [], []) }
            return (state.news, state.bound, state.untold)
        }
        for fault in news { tell("\(flow): \(fault)") }
        for fault in untold { tell("\(flow): \(ForeignFault(fault: fault))") }
        guard let data, !news.isEmpty || !bound.isEmpty else { return }
        do {
            try FaultFile(data, flow: flow).change { list in
                for fault in news { list.noteReturned(fault) }
                for (symbol, journal) in bound { list.bind(symbol, to: journal) }
            }
        } catch {
            state.withLock { state in
                state.news = news + state.news
                state.bound = bound + state.bound
            }
            throw error
        }
    }

    // MARK: Giving up

    /// Symbols of a source's journal that are given up.
    func givenUp(in journal: UInt64) -> Set<String> { symbols(.givenUp, in: journal) }

    /// Those of which everything is kept that their release needs.
    func held(in journal: UInt64) -> Set<String> { symbols(.quarantined, in: journal) }

    private func symbols(_ standing: SymbolFault.Standing, in journal: UInt64) -> Set<String> {
        state.withLock { state in
            Set(state.list.faults.filter { $0.standing == standing && $0.concerns(journal) }.map(\.symbol))
        }
    }

    /// Notes that what the release of symbols needs is let go from now on.
    func giveUp(_ symbols: Set<String>, in journal: UInt64) throws {
        guard let data else { return }
        try FaultFile(data, flow: flow).change { list in
            for symbol in symbols { list.giveUp(symbol, in: journal) }
        }
        state.withLock { state in for symbol in symbols { state.list.giveUp(symbol, in: journal) } }
    }
}

/// The symbol that a lane's mark means, and the journal that numbers its events.
struct MarkedSymbol {
    let name: String
    let journal: UInt64
}

/// A fault of another journal than its symbol's source has now: its event is another one here.
struct ForeignFault: CustomStringConvertible {
    let fault: SymbolFault

    var description: String {
        let journal = fault.journal.map { String($0, radix: 16) } ?? "-"
        return
            "\(fault.symbol) broke at \(fault.place) of the journal \(journal), which is not here any more: the symbol "
            + "is taken as any other"
    }
}
