internal import Rings

/// How a process is, for whoever asks from outside: whether it works, whether it is to be asked yet, and what is wrong.
public struct Health: Equatable, Sendable {
    public enum Phase: String, Sendable, CaseIterable {
        /// Sinks are being opened and journals played again.
        case starting
        /// Every source has come to what is new.
        case ready
        /// It ends in order.
        case stopping
        /// Something has failed; what is under way is still worked off.
        case failed
    }

    /// A source that plays its journal again.
    public struct Recovery: Equatable, Sendable {
        public let source: String
        /// The journal's records behind the place from which it is played, and those of them that were.
        public let records: Int
        public let played: Int
    }

    /// A lane that is inside an event at this moment.
    public struct BusyLane: Equatable, Sendable {
        public let flow: String
        public let lane: Int
        /// The event's number in its source.
        public let event: UInt64
        /// For how long it has been seen there; zero at the first look.
        public let duration: Duration
    }

    public struct BrokenSymbol: Equatable, Sendable {
        public let flow: String
        public let fault: SymbolFault
    }

    public let phase: Phase
    public let recoveries: [Recovery]
    public let busyLanes: [BusyLane]
    public let broken: [BrokenSymbol]
    /// Symbols nodes none of whose symbols publishes any more: all that they had are broken.
    public let silent: [String]
    /// A lane may be at one event for so long.
    public let stuckLimit: Duration

    /// Lanes that do not come on.
    public var stuck: [BusyLane] { busyLanes.filter { $0.duration > stuckLimit } }
    /// Whether it does its work: a broken symbol is told and left out, a lane that hangs takes others with it.
    public var isHealthy: Bool { phase != .failed && stuck.isEmpty }
    /// Whether what it publishes is of now. A broken symbol is told and left out; a node that has no other is silent.
    public var isReady: Bool { phase == .ready && isHealthy && silent.isEmpty }
}

/// What a run notes for `Health` as it goes.
struct HealthNotes: Sendable {
    let opened = Signal()
    let ending = Signal()
    let failed = Signal()
    let watch: Guarded<StuckWatch>

    init(stuckLimit: Duration) { watch = Guarded(StuckWatch(limit: stuckLimit)) }
}

extension Run {
    /// A lane of a healthy process is at one event for less than this.
    static let stuckLimit = Duration.seconds(60)

    /// How the run is at this moment. What a lane does is seen from one look to the next: ask each second or so.
    ///
    /// - Parameter now: of any clock that only goes forward.
    public func health(at now: Duration) -> Health {
        var marks: [String: LaneMark.Reading] = [:]
        var places: [String: (flow: String, lane: Int)] = [:]
        for flow in flows {
            for lane in flow.lanes {
                let name = "\(flow.name)/\(lane.lane.number)"
                marks[name] = lane.mark.reading
                places[name] = (flow.name, lane.lane.number)
            }
        }
        let busy = notes.watch.withLock { $0.look(marks, at: now) }
        let lanes = busy.keys.sorted().compactMap { name -> Health.BusyLane? in
            guard let place = places[name], let mark = marks[name], let duration = busy[name] else { return nil }
            return Health.BusyLane(
                flow: place.flow, lane: place.lane, event: EventPlace(key: mark.event).number, duration: duration)
        }
        let recoveries = sources.compactMap { source -> Health.Recovery? in
            guard !source.hasBegun.isRaised, let keeping = source.keeping else { return nil }
            return Health.Recovery(
                source: source.name, records: keeping.toPlay.value, played: keeping.played.value)
        }
        return Health(
            phase: phase, recoveries: recoveries, busyLanes: lanes,
            broken: flows.flatMap { flow in
                flow.quarantine.broken.map { Health.BrokenSymbol(flow: flow.name, fault: $0) }
            },
            silent: flows.filter { flow in
                let symbols = flow.roster.count
                return symbols > 0 && Set(flow.quarantine.broken.map(\.symbol)).count >= symbols
            }.map(\.name), stuckLimit: Run.stuckLimit)
    }

    private var phase: Health.Phase {
        if notes.failed.isRaised { return .failed }
        if notes.ending.isRaised || world.stopping.isRaised { return .stopping }
        return notes.opened.isRaised && sources.allSatisfy(\.hasBegun.isRaised) ? .ready : .starting
    }
}
