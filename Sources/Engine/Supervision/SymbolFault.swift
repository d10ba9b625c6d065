/// What broke a symbol's state: at which event, why, and what became of it.
public struct SymbolFault: Hashable, Sendable {
    /// What is done about a fault at its next coming.
    public enum Standing: String, Sendable, CaseIterable {
        /// The process has ended once at this event: it is taken again.
        case suspect
        /// The symbol takes nothing from this event on.
        case quarantined
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

    public init(symbol: String, place: EventPlace, standing: Standing, ends: Int, reason: String) {
        self.symbol = symbol
        self.place = place
        self.standing = standing
        self.ends = ends
        self.reason = reason
    }
}

extension SymbolFault: CustomStringConvertible {
    public var description: String {
        switch standing {
        case .suspect: "\(symbol): the process ended at \(place) (\(reason)); it is tried once more"
        case .quarantined: "\(symbol) is broken at \(place) (\(reason)): it makes no updates from there on"
        case .released: "\(symbol) was broken at \(place) (\(reason)) and is taken again"
        }
    }
}
