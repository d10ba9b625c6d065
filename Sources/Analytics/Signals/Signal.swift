internal import Market
internal import Memory
internal import Updates

/// A signal that has been published, with what is needed to end it and to name it again.
struct Signal: Plain, Sendable {
    var body: SignalUpdate
    var inputs: SignalInputs
    /// From here on, and until it was known, trades belong to its inputs.
    let span: Int64
    /// The bar that made it, by the analytic's count.
    let bar: Int
    /// The count of bars at which it ends; `Int.max` where time ends it.
    let lastBar: Int
    /// The time at which it ends; `Int64.max` where bars end it.
    let deadline: Int64
    var revision: UInt32 = 0
    /// The second of event time of its last revision.
    private var revisedSecond = Int64.min

    static var bounds: [PlainBound] { .part(\Self.inputs) }

    /// So many revisions are published at most: by then it is known that its inputs are not what they were.
    static let revisionLimit: UInt32 = 16

    init(_ body: SignalUpdate, _ proposal: SignalProposal, bar: Int, lastBar: Int, deadline: Int64) {
        self.body = body
        inputs = proposal.inputs
        span = proposal.span
        self.bar = bar
        self.lastBar = lastBar
        self.deadline = deadline
    }

    var direction: Int64 { body.direction == 0 ? 1 : -1 }
    var rule: SignalRule {
        guard let rule = SignalRule(rawValue: body.rule) else {
            preconditionFailure("A rule must be one of the rules.")
        }
        return rule
    }
    var isOpen: Bool { body.ended == 0 }
    /// Whether what was restored is a signal of some rule.
    var isSound: Bool {
        SignalRule(rawValue: body.rule) != nil && inputs.count >= 0 && inputs.count <= SignalInputs.limit
    }

    /// The price at which it ends upward, and that at which it ends downward.
    var upper: Int64 { direction > 0 ? body.target : body.stop }
    var lower: Int64 { direction > 0 ? body.stop : body.target }

    /// What a trade at `price` makes of it; nil where it goes on.
    func outcome(at price: Int64) -> SignalStatus? {
        if direction &* (price &- body.target) >= 0 { return .target }
        return direction &* (price &- body.stop) <= 0 ? .stopped : nil
    }

    /// Whether the auction now speaks against it: acceptance on the far side, or the opposite state.
    func isInvalidated(_ board: borrowing Board) -> Bool {
        guard rule.readsAuction else { return false }
        if let state = board.state, state.state == .imbalance, state.since > body.known,
            Int64(state.direction) == 0 &- direction
        {
            return true
        }
        guard let acceptance = board.acceptance, acceptance.since > body.known else { return false }
        let against: AuctionPlace = direction > 0 ? .below : .above
        return acceptance.place == against || rule == .trend && acceptance.place == .inside
    }

    mutating func end(_ status: SignalStatus, at time: Int64, price: Int64) {
        body.status = status.rawValue
        body.ended = max(time, body.known)
        body.exit = price
    }

    /// Notes that a trade at `time` has changed; false where that does not touch it or has just been said.
    mutating func revise(_ time: Int64, at now: Int64) -> Bool {
        guard time >= span, time < body.known, revision < Signal.revisionLimit else { return false }
        inputs.revise(time)
        let second = now / Timestamp.second
        guard second != revisedSecond else { return false }
        revisedSecond = second
        revision += 1
        body.doubts |= SignalUpdate.revisedDoubt
        body.doubtful = 1
        if !isOpen { body.status = SignalStatus.revised.rawValue }
        return true
    }
}

/// The signals of a session that have ended, so that a late correction can name them; the oldest makes room.
struct PastSignals: Sendable {
    static let limit = 256
    private var signals: [Signal] = []
    private var next = 0

    init() {}

    var count: Int { signals.count }

    mutating func add(_ signal: Signal) {
        guard signals.count == PastSignals.limit else { return signals.append(signal) }
        signals[next] = signal
        next = next + 1 == PastSignals.limit ? 0 : next + 1
    }

    mutating func removeAll() {
        signals.removeAll(keepingCapacity: true)
        next = 0
    }

    /// The signal at a place, in the order of ending, if the change touches it.
    mutating func revise(_ place: Int, _ time: Int64, at now: Int64) -> Signal? {
        let index = (next + place) % signals.count
        return signals[index].revise(time, at: now) ? signals[index] : nil
    }
}

/// What one rule has given so far.
struct RuleLedger: Plain, Sendable {
    private(set) var given: Int64 = 0
    /// Held back since the last signal.
    private(set) var held: Int64 = 0
    /// The bars of the last signals by direction.
    private var lastLong = Int.min
    private var lastShort = Int.min

    init() {}

    /// Whether enough bars have passed since the last signal of this direction.
    func isReady(_ direction: Int64, bar: Int, cooldown: Int) -> Bool {
        let last = direction > 0 ? lastLong : lastShort
        return last == .min || bar - last > cooldown
    }

    mutating func hold() { held += 1 }

    mutating func give(_ direction: Int64, bar: Int) {
        given += 1
        held = 0
        if direction > 0 { lastLong = bar } else { lastShort = bar }
    }
}

extension PastSignals: Archivable {
    mutating func archive(_ archive: inout Archive) {
        archive.array(&signals)
        archive.value(&next)
        let isSound = signals.count <= PastSignals.limit && next >= 0 && next < PastSignals.limit
        archive.check(isSound && signals.allSatisfy(\.isSound), "past signals do not fit")
    }
}
