/// What broke a symbol's state: at which event, why, and what became of it.
public struct SymbolFault: Hashable, Sendable {
    /// What is done about a fault at its next coming.
    public enum Standing: String, Sendable, CaseIterable {
        /// The process has ended once at this event: it is taken again.
        case suspect
        /// The symbol takes nothing from this event on.
        case quarantined
        /// As quarantined, and what its release would need has become too much: released, it begins anew.
        case givenUp
        /// Somebody has let the symbol go on: it says once more that it was broken here, and takes the event.
        case released
    }

    public let symbol: String
    /// The first event that the symbol does not take.
    public let place: EventPlace
    public internal(set) var standing: Standing
    /// How often a process has ended here; 0 where the state has returned the fault by itself.
    public internal(set) var ends: Int
    public internal(set) var reason: String
    /// The id of its source's journal, which numbers the events; nil where nothing is kept, or nobody has said it.
    public internal(set) var journal: UInt64?

    public init(
        symbol: String, place: EventPlace, standing: Standing, ends: Int, reason: String
    ) {
        self.symbol = symbol
        self.place = place
        self.standing = standing
        self.ends = ends
        self.reason = reason
    }

    /// Whether the symbol takes nothing.
    public var isBroken: Bool { standing == .quarantined || standing == .givenUp }

    /// Whether it is the fault at a place of a journal.
    func isAt(_ place: EventPlace, of journal: UInt64?) -> Bool { self.place == place && concerns(journal) }

    /// Whether its number means an event of a journal.
    func concerns(_ journal: UInt64?) -> Bool {
        guard let own = self.journal, let journal else { return true }
        return own == journal
    }
}

extension SymbolFault: CustomStringConvertible {
    public var description: String {
        switch standing {
        case .suspect: "\(symbol): the process ended at \(place) (\(reason)); it is tried once more"
        case .quarantined: "\(symbol) is broken at \(place) (\(reason)): it makes no updates from there on"
        case .givenUp:
            "\(symbol) is broken at \(place) (\(reason)) and given up: it makes no updates, and released it begins anew"
        case .released: "\(symbol) was broken at \(place) (\(reason)) and is taken again"
        }
    }
}
