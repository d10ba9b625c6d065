internal import Market

/// How the console writes numbers: with as many places as it is told, so that digits stand still.
enum ConsoleText {
    private static let powers: [Int128] = (0...9).map { exponent in
        (0..<exponent).reduce(Int128(1)) { power, _ in power * 10 }
    }

    /// Decimal places, 0 to 9, that a count of billionths needs, at least `least`.
    static func places(of billionths: Int128, atLeast least: Int) -> Int {
        var places = least
        while places < 9, billionths % powers[9 - places] != 0 { places += 1 }
        return places
    }

    /// A count of billionths with this many places; what they cannot hold is rounded half away from zero.
    static func fixed(_ billionths: Int128, places: Int) -> String {
        precondition((0...9).contains(places), "A billionth has nine places.")
        let unit = powers[9 - places]
        let (count, rest) = billionths.magnitude.quotientAndRemainder(dividingBy: UInt128(unit))
        let rounded = count + (rest * 2 >= UInt128(unit) ? 1 : 0)
        let (whole, fraction) = rounded.quotientAndRemainder(dividingBy: UInt128(powers[places]))
        let sign = billionths < 0 && rounded != 0 ? "-" : ""
        guard places > 0 else { return "\(sign)\(whole)" }
        let digits = String(fraction)
        return "\(sign)\(whole)." + String(repeating: "0", count: places - digits.count) + digits
    }

    /// A double with this many places; one beyond 10^20 as Swift writes it.
    static func fixed(_ value: Double, places: Int) -> String {
        guard value.magnitude < 1e20 else { return "\(value)" }
        return fixed(Int128((value * 1e9).rounded()), places: places)
    }

    /// A share as a percentage with one place.
    static func percent(_ share: Double) -> String { fixed(share * 100, places: 1) + "%" }

    /// A coverage; only a whole one reads 100%, and any other carries a mark that is seen without colours.
    static func coverage(_ share: Double) -> String {
        guard share < 1 else { return "100%" }
        return "!" + fixed((max(share, 0) * 1_000).rounded(.down) / 10, places: 1) + "%"
    }

    /// A time of day in UTC to the second.
    static func clock(_ time: Timestamp) -> String { String("\(time)".dropFirst(11).prefix(8)) }

    static func date(_ time: Timestamp) -> String { String("\(time)".prefix(10)) }

    /// A count with commas between thousands.
    static func grouped(_ count: Int) -> String {
        let digits = Array(String(count.magnitude))
        var text = count < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return text
    }

    static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(width - text.count, 0)) + text
    }

    static func left(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(width - text.count, 0))
    }
}
