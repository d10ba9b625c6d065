/// An instrument's name as its venue writes it (`BTC/USD`, `ESZ4`): not to be mixed with a topic or a node's name.
public struct Symbol: Hashable, Comparable, Sendable {
    /// A name holds 1 to 64 bytes of UTF-8 without control characters.
    public static let byteLimit = 64

    public let name: String

    /// Returns nil for an empty name, one over the limit, or one with a control character or a blank at an end.
    public init?(_ name: String) {
        guard !name.isEmpty, name.utf8.count <= Symbol.byteLimit else { return nil }
        guard name.utf8.allSatisfy({ $0 >= 32 && $0 != 127 }) else { return nil }
        guard name.first != " ", name.last != " " else { return nil }
        self.name = name
    }

    public static func < (left: Symbol, right: Symbol) -> Bool { left.name < right.name }
}

extension Symbol: CustomStringConvertible {
    public var description: String { name }
}
