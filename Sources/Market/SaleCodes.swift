/// The consolidated tape that a US trade was reported on: A for New York's listings, B for regional ones, C for
/// Nasdaq's, O for those over the counter. Sale conditions mean different things on each.
public enum ConsolidatedTape: UInt8, CaseIterable, BitwiseCopyable, Sendable {
    case a = 1
    case b, c, o
}

/// How the sale conditions of a consolidated tape lie in an event's 32 bits: bit i is the i-th code of one list.
public enum SaleCodes {
    /// One character each; blank and `@` are the regular trades of the tapes A and B, and of C and O.
    public static let list = Array(" @ABCDEFGHIKLMNOPQRTUVWXYZ45679".utf8)
    /// The bit of every code that is not in the list.
    public static let unknown = UInt32(1) << 31

    /// The bit of one code.
    public static func bit(_ code: UInt8) -> UInt32 {
        guard let place = list.firstIndex(of: code) else { return unknown }
        return 1 << UInt32(place)
    }

    /// The bits of a text of codes, `@ F I` or `@,F,I` or `@FI`; 0 for an empty one.
    ///
    /// Blanks and commas stand between codes. The blank is a code itself only where it stands alone: as the whole text,
    /// or as all that lies between two commas.
    public static func bits(_ text: Span<UInt8>) -> UInt32 {
        var bits: UInt32 = 0
        var blanks = 0
        var hasCode = false
        for index in 0..<text.count {
            switch text[index] {
            case UInt8(ascii: ","):
                if blanks > 0, !hasCode { bits |= bit(UInt8(ascii: " ")) }
                (blanks, hasCode) = (0, false)
            case UInt8(ascii: " "): blanks += 1
            default:
                bits |= bit(text[index])
                hasCode = true
            }
        }
        return blanks > 0 && !hasCode ? bits | bit(UInt8(ascii: " ")) : bits
    }

    public static func bits(_ text: String) -> UInt32 { bits(Array(text.utf8).span) }

    /// The codes of a set of bits, in the order of the list, `?` for an unknown one.
    public static func text(_ bits: UInt32) -> String {
        var codes = list.indices.filter { bits & 1 << UInt32($0) != 0 }.map { list[$0] }
        if bits & unknown != 0 { codes.append(UInt8(ascii: "?")) }
        return String(decoding: codes, as: UTF8.self)
    }
}
