/// A symbol's name, or many names by `*`, which stands for any run of characters: `BTC*`, `*USDT`, `*`.
public struct SymbolPattern: Hashable, Sendable, CustomStringConvertible {
    /// Every name.
    public static let any = SymbolPattern("*")

    public let description: String
    private let bytes: [UInt8]

    public init(_ text: String) {
        description = text
        bytes = Array(text.utf8)
    }

    private static let star = UInt8(ascii: "*")

    /// Whether the pattern is one name only.
    public var isName: Bool { !bytes.contains(SymbolPattern.star) }

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
    public func overlaps(_ other: SymbolPattern) -> Bool {
        if isName { return other.matches(description) }
        if other.isName { return matches(other.description) }
        guard !differsAtAnEnd(other) else { return false }
        // Both patterns walk the same name: reachable[j] says that the part before `j` of the other fits the part of
        // this one walked so far.
        var reachable = [Bool](repeating: false, count: other.bytes.count + 1)
        reachable[0] = true
        for column in other.bytes.indices where other.bytes[column] == SymbolPattern.star {
            reachable[column + 1] = reachable[column]
        }
        for byte in bytes {
            var next = [Bool](repeating: false, count: reachable.count)
            if byte == SymbolPattern.star { next[0] = reachable[0] }
            for (column, fellow) in other.bytes.enumerated() {
                let stays = byte == SymbolPattern.star && (next[column] || reachable[column + 1])
                let swallows = fellow == SymbolPattern.star && (next[column] || reachable[column + 1])
                next[column + 1] = stays || swallows || (byte == fellow && reachable[column])
            }
            reachable = next
        }
        return reachable[other.bytes.count]
    }

    /// A quick no: the letters before the first stars, or those after the last, contradict each other.
    private func differsAtAnEnd(_ other: SymbolPattern) -> Bool {
        SymbolPattern.contradict(bytes, other.bytes)
            || SymbolPattern.contradict(bytes.reversed(), other.bytes.reversed())
    }

    private static func contradict(_ left: some Sequence<UInt8>, _ right: some Sequence<UInt8>) -> Bool {
        for (one, other) in zip(left, right) {
            if one == star || other == star { return false }
            if one != other { return true }
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
