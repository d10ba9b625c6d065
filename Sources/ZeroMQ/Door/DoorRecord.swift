internal import Synchronization

/// What is known of a door, by its sockets' threads and the doorkeeper's: behind one lock that is held shortly.
final class DoorRecord: Sendable {
    private struct State {
        var counts = DoorCounts()
        var list: AllowList?
        var listChanges = 0
        var addresses: AddressLedger
        /// Who is connected, by descriptor, and since which moment.
        var visitors: [Int32: (mark: ConnectionMark, moment: UInt64)] = [:]
        /// Arrivals and admissions so far: what came before what.
        var moments: UInt64 = 0
        var departures = 0
        /// Bytes of prefixes that a connection's end makes ZeroMQ walk through.
        var prefixBytes = 0
    }

    /// By which ZeroMQ's questions name this door; unique in its context.
    let domain: String
    let rules: DoorRules
    private let state: Mutex<State>

    init(_ domain: String, _ rules: DoorRules) {
        self.domain = domain
        self.rules = rules
        let addresses = AddressLedger(rules.budgets, at: ContinuousClock.now)
        state = Mutex(State(list: rules.curve?.clients, addresses: addresses))
    }

    var counts: DoorCounts { state.withLock { $0.counts } }
    var listFaults: [KeyFault] { state.withLock { $0.list?.faults ?? [] } }
    /// How often the allow-list has changed.
    var listChanges: Int { state.withLock { $0.listChanges } }
    /// How many connections have gone.
    var departures: Int { state.withLock { $0.departures } }

    /// Whether the owner of a key may be here. A door without keys is open to everybody.
    func allows(_ key: PublicKey?) -> Bool { state.withLock { DoorRecord.allows(key, $0.list) } }

    private static func allows(_ key: PublicKey?, _ list: AllowList?) -> Bool {
        guard let list else { return true }
        return key.map { list.clients[$0] != nil } ?? false
    }

    /// Reads the allow-list again if it has changed. A look costs a call for each file in its folder, less than the
    /// handshake that leads to it.
    func lookAtList() {
        state.withLock { state in
            if state.list?.refresh() == true { state.listChanges += 1 }
        }
    }

    // MARK: Who comes and goes

    /// Notes who has connected; nil for one who may stay, else why not.
    func arrive(_ descriptor: Int32, _ mark: ConnectionMark, from address: PeerAddress) -> Denial? {
        let now = ContinuousClock.now
        return state.withLock { state in
            state.visitors[descriptor] = nil
            if state.visitors.count >= rules.connectionLimit { return .connections }
            if state.addresses.isBarred(address, at: now) { return .floodedBefore }
            if state.addresses.isExhausted(at: now) { return .rush }
            state.moments += 1
            state.visitors[descriptor] = (mark, state.moments)
            return nil
        }
    }

    func leave(_ descriptor: Int32) {
        state.withLock { state in
            if state.visitors.removeValue(forKey: descriptor) != nil { state.departures += 1 }
        }
    }

    /// Whether a peer may come in whose handshake is about to end.
    func admit(_ question: AdmissionQuestion) -> AdmissionQuestion.Verdict {
        let now = ContinuousClock.now
        return state.withLock { state in
            let denial: Denial?
            if !DoorRecord.allows(question.key, state.list) {
                denial = .unknownKey
            } else if state.addresses.isBarred(question.address, at: now) {
                denial = .floodedBefore
            } else if state.addresses.isExhausted(at: now) {
                denial = .rush
            } else {
                let work = DoorBudgets.perConnection + state.prefixBytes / DoorBudgets.walkShare
                let isModest = state.addresses.charge(work, to: question.address, at: now)
                if !isModest { state.addresses.bar(question.address, at: now) }
                denial = isModest ? nil : .addressBudget
            }
            if let denial {
                state.counts.denied[denial, default: 0] += 1
                return .denied(denial)
            }
            state.moments += 1
            return .admitted(Admission(moment: state.moments, address: question.address, key: question.key))
        }
    }

    /// Whether somebody who was let in is still there, and has this descriptor.
    func knows(_ admission: Admission, at descriptor: Int32) -> Bool {
        state.withLock { DoorRecord.connection(of: admission, at: descriptor, $0) != nil }
    }

    /// Ends the connection of somebody who was let in, unless it has gone by itself; counts that once.
    func turnAway(_ admission: Admission, at descriptor: Int32, _ reason: Denial) {
        state.withLock { state in
            guard let mark = DoorRecord.connection(of: admission, at: descriptor, state), mark.end(descriptor) else {
                return
            }
            state.visitors[descriptor] = nil
            state.departures += 1
            state.counts.denied[reason, default: 0] += 1
        }
    }

    /// Whoever has the descriptor now and came before the admission is the one that was admitted: it has kept the
    /// descriptor from then until now. Whoever came after it has only got its descriptor.
    private static func connection(
        of admission: Admission, at descriptor: Int32, _ state: borrowing State
    ) -> ConnectionMark? {
        guard let visitor = state.visitors[descriptor], visitor.moment < admission.moment else { return nil }
        return visitor.mark
    }

    // MARK: What they cost

    /// Takes what somebody has cost, and how many bytes of prefixes there are now; false when its address has cost too
    /// much.
    func charge(_ work: Int, to address: PeerAddress, prefixBytes: Int) -> Bool {
        let now = ContinuousClock.now
        return state.withLock { state in
            state.prefixBytes = prefixBytes
            return state.addresses.charge(work, to: address, at: now)
        }
    }

    /// Nobody comes from this address for a while.
    func bar(_ address: PeerAddress) {
        let now = ContinuousClock.now
        state.withLock { $0.addresses.bar(address, at: now) }
    }

    func noteAdmission() { state.withLock { $0.counts.admitted += 1 } }
    func note(_ denial: Denial) { state.withLock { $0.counts.denied[denial, default: 0] += 1 } }
    func note(connections: Int) { state.withLock { $0.counts.connections = connections } }
}
