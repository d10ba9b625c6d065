internal import Memory

/// What became of a snapshot's sections when a symbol's state was restored from it.
public struct Restoration: Equatable, Sendable {
    /// Why a part of a state did not take what a snapshot has of it.
    public enum Reason: String, Sendable {
        /// The snapshot has nothing of it.
        case missing
        /// It was written by another version of what keeps it.
        case version
        /// It was written under other settings.
        case settings
    }

    /// A part of a state that begins anew.
    public struct Fresh: Equatable, Sendable {
        /// `core/state`, `core/bars`, `core/profile`, `core/vwap`, `core/print`, `core/surroundings`, or an analytic's.
        public let name: String
        public let reason: Reason
    }

    /// The number of the last event that is in what was restored.
    public internal(set) var sequence: UInt64 = 0
    public internal(set) var fresh: [Fresh] = []
    /// Sections that nobody asked for: of analytics that are no longer listed.
    public internal(set) var dropped: [String] = []
    /// Whether there was nothing but the numbers of topics: of a symbol that was given up.
    public internal(set) var isNumbersAlone = false

    /// Whether the state is the one that was saved.
    public var isWhole: Bool { fresh.isEmpty && dropped.isEmpty }
}

extension Restoration: CustomStringConvertible {
    public var description: String {
        let begun = fresh.map { "\($0.name) begins anew (\($0.reason.rawValue))" }
        return (begun + dropped.map { "\($0) is no longer listed" }).joined(separator: ", ")
    }
}

/// A symbol's snapshot is whole, and its state cannot go on from it.
struct RestorationFailure: Error, CustomStringConvertible {
    let symbol: String
    let reason: ArchiveError

    var description: String {
        "the snapshot of \(symbol) cannot be restored (\(reason)); take the symbol's snapshots away, and its journal "
            + "stands in for them"
    }
}
