internal import Journal
internal import Memory
public import Rings

/// The broken symbols of a symbols node in one run: what earlier ends have taught, and what states say now.
///
/// Where there is a data folder it keeps them in a file, and the lanes' marks beside it.
final class Quarantine: Sendable {
    private static let pause = Duration.milliseconds(200)

    private struct State {
        var list = FaultList()
        /// Faults that states have returned and that the file does not have yet.
        var news: [SymbolFault] = []
    }

    private let state = Guarded(State())
    private let data: DataFolder?
    private let flow: String

    init(_ data: DataFolder?, flow: String) {
        self.data = data
        self.flow = flow
    }

    var quarantined: [SymbolFault] { state.withLock { $0.list.quarantined } }

    /// Reads what is known, and what the lanes of an earlier run were at when its process ended. The data folder must
    /// be this run's own by now.
    ///
    /// - Parameter symbol: whom a mark's subject means; nil where no journal says.
    func recall(
        _ symbol: (LaneSubject) throws -> String?, tell: (String) -> Void
    ) throws -> [String: [SymbolFault]] {
        guard let data else { return [:] }
        var ends: [(symbol: String, place: EventPlace, reason: String)] = []
        for mark in try LaneMarkFolder(data, flow: flow).readings() {
            guard let reason = FaultReason.text(mark) else { continue }
            guard let name = try symbol(LaneSubject(mark.subject)) else { continue }
            ends.append((name, EventPlace(key: mark.event), reason))
        }
        let list = try FaultFile(data, flow: flow).change { list in
            for end in ends { list.noteEnd(of: end.symbol, at: end.place, reason: end.reason) }
        }
        // Their content is in the list: another end before the new marks are there must not count twice.
        try LaneMarkFolder(data, flow: flow).clear()
        state.withLock { $0.list = list }
        for fault in list.faults
        where fault.standing == .quarantined || ends.contains(where: { $0.symbol == fault.symbol }) {
            tell("\(flow): \(fault)")
        }
        let watched = list.faults.filter { $0.standing != .suspect }
        return Dictionary(grouping: watched, by: \.symbol).mapValues { $0.sorted { $0.place < $1.place } }
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

    /// Writes down what came since.
    func write(tell: (String) -> Void) throws {
        let news = state.withLock { state in
            defer { state.news = [] }
            return state.news
        }
        guard !news.isEmpty else { return }
        for fault in news { tell("\(flow): \(fault)") }
        guard let data else { return }
        try FaultFile(data, flow: flow).change { list in
            for fault in news { list.noteReturned(fault) }
        }
    }
}

/// What a lane's mark means: a source, and one of its symbols.
struct LaneSubject: Equatable {
    /// Stands for the source's name.
    let tag: UInt32
    /// The source's own index of the symbol.
    let symbol: UInt32

    init(source: String, symbol: UInt32) {
        tag = LaneSubject.tag(of: source)
        self.symbol = symbol
    }

    init(_ word: UInt64) {
        tag = UInt32(truncatingIfNeeded: word >> 32)
        symbol = UInt32(truncatingIfNeeded: word) &- 1
    }

    /// Never 0, which stands for nobody.
    var word: UInt64 { LaneSubject.word(tag, symbol) }

    static func tag(of source: String) -> UInt32 { UInt32(truncatingIfNeeded: SettingsMark.of(source)) }

    @inline(__always)
    static func word(_ tag: UInt32, _ symbol: UInt32) -> UInt64 { UInt64(tag) &<< 32 | (UInt64(symbol) &+ 1) }
}

/// Why a lane's mark tells of a fault.
enum FaultReason {
    /// Nil where the lane was at nobody's event, or has not ended by its own doing.
    static func text(_ mark: LaneMark.Reading) -> String? {
        guard mark.subject != 0 else { return nil }
        if mark.isStuck { return "it did not come to an end" }
        return switch mark.signal {
        case 0: nil
        case 4, 5: "a check failed, signal \(mark.signal)"
        case 6: "an abort, signal 6"
        case 7, 11: "a wrong address, signal \(mark.signal)"
        case 8: "a division, signal 8"
        case _: "signal \(mark.signal)"
        }
    }
}

/// The folder in which the lanes of a symbols node write down what they are at: a file each.
public struct LaneMarkFolder: Sendable {
    private static let start = "lane-"

    public let path: String

    public init(_ data: DataFolder, flow: String) { path = data.marks(of: flow) }

    public func files() throws -> [String] {
        guard StoredFolder.exists(path) else { return [] }
        return try StoredFolder.names(in: path).filter { $0.hasPrefix(LaneMarkFolder.start) }.sorted().map {
            "\(path)/\($0)"
        }
    }

    /// What a mark says now; nil where it is none, or gone.
    public static func reading(_ file: String) -> LaneMark.Reading? {
        (try? WholeFile.read(file)).flatMap { LaneMark.Reading(file: $0) }
    }

    func readings() throws -> [LaneMark.Reading] {
        try files().compactMap { LaneMark.Reading(file: try WholeFile.read($0)) }
    }

    func make(lane: Int) throws -> LaneMark {
        try StoredFolder.make(path)
        return try LaneMark(file: "\(path)/\(LaneMarkFolder.start)\(lane)")
    }

    func clear() throws {
        for file in try files() { try StoredFolder.remove(file) }
    }
}
