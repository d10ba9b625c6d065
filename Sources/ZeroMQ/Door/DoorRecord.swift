internal import Synchronization

/// What is known of a door, by its sockets' threads and the doorkeeper's: behind one lock that is held shortly.
final class DoorRecord: Sendable {
    private struct State {
        var counts = DoorCounts()
        var list: AllowList?
        var listChanges = 0
        /// Addresses that have flooded, and until when nobody may come from there.
        var barred: [[UInt8]: ContinuousClock.Instant] = [:]
    }

    /// How long nobody may come from an address that has flooded: else whoever is turned away comes again at once, and
    /// the publisher's thread does nothing else than work off what he sends.
    private static let barTime = Duration.seconds(2)
    /// Such addresses at most; beyond it those that may come again are forgotten, and then no more are barred.
    private static let barLimit = 4_096

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

    /// Nobody comes from this address for a while.
    func bar(_ address: [UInt8]?) {
        guard let address else { return }
        let now = ContinuousClock.now
        state.withLock { state in
            if state.barred.count >= DoorRecord.barLimit { state.barred = state.barred.filter { $0.value > now } }
            guard state.barred.count < DoorRecord.barLimit else { return }
            state.barred[address] = now + DoorRecord.barTime
        }
    }

    func isBarred(_ address: [UInt8]?) -> Bool {
        guard let address else { return false }
        return state.withLock { $0.barred[address].map { $0 > ContinuousClock.now } ?? false }
    }

    func noteAdmission() { state.withLock { $0.counts.admitted += 1 } }
    func note(_ denial: Denial) { state.withLock { $0.counts.denied[denial, default: 0] += 1 } }
    func note(connections: Int) { state.withLock { $0.counts.connections = connections } }
}
