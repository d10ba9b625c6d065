internal import Market

/// Where an event stands among those of its source: by its number, and behind the event of that number where the router
/// says something itself (a setting, the input's end), which bears the number of the event before it.
public struct EventPlace: Comparable, Hashable, Sendable, CustomStringConvertible {
    /// The number, and in the lowest bit whether the router says it.
    let key: UInt64

    init(key: UInt64) { self.key = key }

    /// - Parameter isTold: whether the router says it itself, behind the event of that number.
    public init(number: UInt64, isTold: Bool) { key = number &<< 1 | (isTold ? 1 : 0) }

    @inline(__always)
    static func key(of event: borrowing MarketEvent) -> UInt64 { event.sequence &<< 1 | (event.isControl ? 1 : 0) }

    public var number: UInt64 { key >> 1 }
    public var isTold: Bool { key & 1 == 1 }

    public static func < (one: EventPlace, other: EventPlace) -> Bool { one.key < other.key }

    public var description: String { isTold ? "what follows event \(number)" : "event \(number)" }
}
