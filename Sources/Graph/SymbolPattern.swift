/// A symbol's name, or many names by `*`, which stands for any run of characters: `BTC*`, `*USDT`, `*`.
public struct SymbolPattern: Hashable, Sendable, CustomStringConvertible {
    /// Every name.
    public static let any = SymbolPattern("*")

    private static let star = UInt8(ascii: "*")

    public let description: String
    /// Whether the pattern is one name only.
    public let isName: Bool
    private let bytes: [UInt8]

    public init(_ text: String) {
        description = text
        bytes = Array(text.utf8)
        isName = !bytes.contains(SymbolPattern.star)
    }

    /// Bytes that are no star.
    var letters: Int { bytes.count { $0 != SymbolPattern.star } }

    public func matches(_ name: String) -> Bool {
        var pattern = 0
        var index = 0
        var retry: (pattern: Int, index: Int)?
        let name = Array(name.utf8)
        while index < name.count {
            if pattern < bytes.count, bytes[pattern] == SymbolPattern.star {
                pattern += 1
                retry = (pattern, index)
            } else if pattern < bytes.count, bytes[pattern] == name[index] {
                pattern += 1
                index += 1
            } else if let last = retry {
                // The last star takes one more byte.
                retry = (last.pattern, last.index + 1)
                (pattern, index) = (last.pattern, last.index + 1)
            } else {
                return false
            }
        }
        return bytes[pattern...].allSatisfy { $0 == SymbolPattern.star }
    }

    /// Whether some name matches both patterns.
    ///
    /// Two patterns with a star each always share a name unless the letters before their first stars, or those behind
    /// their last, contradict each other: all that lies between can stand one after the other. So many patterns share
    /// a name as soon as every two of them do.
    public func overlaps(_ other: SymbolPattern) -> Bool {
        if isName { return other.matches(description) }
        if other.isName { return matches(other.description) }
        return !differsAtStart(other) && !differsAtEnd(other)
    }

    private func differsAtStart(_ other: SymbolPattern) -> Bool {
        var index = 0
        while index < bytes.count, index < other.bytes.count {
            let (one, fellow) = (bytes[index], other.bytes[index])
            if one == SymbolPattern.star || fellow == SymbolPattern.star { return false }
            if one != fellow { return true }
            index += 1
        }
        return false
    }

    private func differsAtEnd(_ other: SymbolPattern) -> Bool {
        var index = 1
        while index <= bytes.count, index <= other.bytes.count {
            let (one, fellow) = (bytes[bytes.count - index], other.bytes[other.bytes.count - index])
            if one == SymbolPattern.star || fellow == SymbolPattern.star { return false }
            if one != fellow { return true }
            index += 1
        }
        return false
    }
}

/// The symbols that a source brings or that an edge lets through.
public struct SymbolSet: Hashable, Sendable {
    public static let any = SymbolSet([.any])
    public static let none = SymbolSet([])

    public let patterns: [SymbolPattern]
    /// The patterns that are one name each.
    let names: Set<String>
    let wildcards: [SymbolPattern]

    public init(_ patterns: [SymbolPattern]) {
        self.patterns = patterns
        names = Set(patterns.lazy.filter(\.isName).map(\.description))
        wildcards = patterns.filter { !$0.isName }
    }

    public init(names: [String]) { self.init(names.map { SymbolPattern($0) }) }

    public var isEmpty: Bool { patterns.isEmpty }

    public func contains(_ name: String) -> Bool {
        names.contains(name) || wildcards.contains { $0.matches(name) }
    }
}
