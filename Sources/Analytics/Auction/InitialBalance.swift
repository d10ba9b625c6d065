public import Memory

/// The range of a session's first hour (definitions §7).
public struct InitialBalance: BitwiseCopyable, Equatable, Sendable {
    /// What is known of it.
    public enum Stage: UInt8, CaseIterable, BitwiseCopyable, Sendable {
        /// Nothing was traded in it, so far or at all.
        case none
        /// The hour is not over.
        case forming
        /// The hour is over, and enough of it was seen.
        case complete
        /// The hour is over and too much of it was missed: its range is that of the part that was seen.
        case partial
    }

    public private(set) var range = PriceRange.empty
    /// Whether the hour is over.
    public private(set) var hasEnded = false
    private var isSeen = false

    public init() {}

    public var stage: Stage {
        guard !range.isEmpty else { return .none }
        guard hasEnded else { return .forming }
        return isSeen ? .complete : .partial
    }

    /// Adds a price of the hour, late ones too; true where the range grew.
    public mutating func add(_ price: Int64) -> Bool {
        guard !range.holds(price) else { return false }
        range.add(price)
        return true
    }

    /// `isSeen` says whether enough of the hour was seen.
    public mutating func end(isSeen: Bool) {
        hasEnded = true
        self.isSeen = isSeen
    }
}

extension InitialBalance: Plain {
    public static var bounds: [PlainBound] { [.flag(\Self.hasEnded), .flag(\Self.isSeen)] }
}
