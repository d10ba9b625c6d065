public import Analytics
public import Graph
public import Journal
public import Market
internal import Rings
internal import Synchronization

/// A change of an analytic's settings while it runs.
public struct ControlRecord: Sendable {
    /// The symbols that it is meant for.
    public let symbols: [SymbolPattern]
    /// Venue time from which on it holds; nil for the moment at which it comes.
    public let start: Timestamp?
    public let choice: AnalyticChoice
    /// The request that it came with, and which of the request's changes it is: what a journal keeps of it.
    public let request: [UInt8]
    public let part: Int

    public init(
        symbols: [SymbolPattern], start: Timestamp?, choice: AnalyticChoice, request: [UInt8] = [], part: Int = 0
    ) {
        self.symbols = symbols
        self.start = start
        self.choice = choice
        self.request = request
        self.part = part
    }

    /// Whether it is meant for a symbol.
    func isMeant(for name: String) -> Bool { symbols.contains { $0.matches(name) } }
}

/// A change of settings that a symbols node cannot take.
public struct ControlRefusal: Error, Equatable, CustomStringConvertible {
    public let problem: String

    public init(problem: String) { self.problem = problem }

    public var description: String { problem }
}

/// The changes of settings that a symbols node was given, in order: each enters every source's events as a control
/// event that names its place here, so that a state applies it between two events of its own.
public final class ControlDesk: Sendable {
    /// Changes of one run; settings change by hand, or a few times a session.
    public static let limit = 65_536

    private let plan: AnalyticPlan
    private let records = Mutex<[ControlRecord]>([])
    private let size = Tally()

    init(_ plan: AnalyticPlan) { self.plan = plan }

    /// How many there are, without the lock: one that was just added may be missing.
    var count: Int { size.value }

    /// Takes a change; it reaches the symbols with the next events of their sources. Returns its place.
    @discardableResult
    public func add(_ record: ControlRecord) throws(ControlRefusal) -> Int {
        let name = record.choice.name
        guard let current = plan.choices.first(where: { $0.name == name }) else {
            throw ControlRefusal(problem: "the symbols node lists no analytic \(name)")
        }
        guard current.changesWhileRunning else {
            throw ControlRefusal(problem: "\(name) takes no new settings while it runs")
        }
        guard current.topics == record.choice.topics, current.bars == record.choice.bars else {
            throw ControlRefusal(problem: "\(name) cannot change its topics or its bars while it runs")
        }
        let place = records.withLock { list -> Int? in
            guard list.count < ControlDesk.limit else { return nil }
            list.append(record)
            // Under the lock: a tally has one writer at a time, and several sources may post here.
            size.add()
            return list.count - 1
        }
        guard let place else {
            throw ControlRefusal(problem: "\(ControlDesk.limit) changes were taken, which is the limit of a run")
        }
        return place
    }

    /// Puts back the changes that a journal's run was told, so that its control events mean the same again.
    public func recall(from definitions: [JournalDefinition]) {
        for definition in definitions where definition.kind == .control {
            if let record = ControlRecord(definition) { restore(record, at: Int(definition.key)) }
        }
    }

    private func restore(_ record: ControlRecord, at place: Int) {
        records.withLock { list in
            guard place == list.count, list.count < ControlDesk.limit else { return }
            list.append(record)
            size.add()
        }
    }

    /// Whether an earlier run took the same part of the same request: a file of requests is read at each start.
    public func holds(_ record: ControlRecord) -> Bool {
        records.withLock { list in
            list.contains { $0.request == record.request && $0.part == record.part && !record.request.isEmpty }
        }
    }

    /// The change at a place; nil where there is none.
    func record(_ place: Int) -> ControlRecord? {
        records.withLock { $0.indices.contains(place) ? $0[place] : nil }
    }

    /// The places from `first` on of changes that are meant for a symbol.
    func places(for name: String, from first: Int, to end: Int) -> [Int] {
        records.withLock { list in (first..<min(end, list.count)).filter { list[$0].isMeant(for: name) } }
    }
}
