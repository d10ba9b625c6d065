internal import Synchronization

/// What is known of a door, by its sockets' threads and the doorkeeper's: behind one lock that is held shortly.
final class DoorRecord: Sendable {
    private struct State {
        var counts = DoorCounts()
        var list: AllowList?
        var listChanges = 0
    }

    /// By which ZeroMQ's questions name this door; unique in its context.
    let domain: String
    let rules: DoorRules
    private let state: Mutex<State>

    init(_ domain: String, _ rules: DoorRules) {
        self.domain = domain
        self.rules = rules
        state = Mutex(State(list: rules.curve?.clients))
    }

    var counts: DoorCounts { state.withLock { $0.counts } }
    var listFaults: [KeyFault] { state.withLock { $0.list?.faults ?? [] } }
    /// How often the allow-list has changed.
    var listChanges: Int { state.withLock { $0.listChanges } }

    /// Whether the owner of a key may be here. A door without keys is open to everybody.
    func allows(_ key: PublicKey?) -> Bool {
        state.withLock { state in
            guard let list = state.list else { return true }
            return key.map { list.clients[$0] != nil } ?? false
        }
    }

    /// Reads the allow-list again if it has changed. A look costs a call for each file in its folder, less than the
    /// handshake that leads to it.
    func lookAtList() {
        state.withLock { state in
            if state.list?.refresh() == true { state.listChanges += 1 }
        }
    }

    func noteAdmission() { state.withLock { $0.counts.admitted += 1 } }
    func note(_ denial: Denial) { state.withLock { $0.counts.denied[denial, default: 0] += 1 } }
    func note(connections: Int) { state.withLock { $0.counts.connections = connections } }
}
