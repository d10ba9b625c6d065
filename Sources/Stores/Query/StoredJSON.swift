internal import Graph

/// Brings JSON into one form, so that every store shows the same value by the same text: members by their names, no
/// blanks, numbers without exponents. PostgreSQL keeps JSON by its content alone.
public enum StoredJSON {
    /// The text as it is where it is no JSON.
    public static func text(_ json: String) -> String {
        guard let value = try? JSONParser.parse(json) else { return json }
        return text(value)
    }

    private static func text(_ value: JSONValue) -> String {
        switch value.content {
        case .null: "null"
        case .flag(let flag): flag ? "true" : "false"
        case .number(let digits): plain(digits)
        case .text(let text): QueryFormat.escaped(text)
        case .list(let values): "[\(values.map(text).joined(separator: ","))]"
        case .object(let members):
            "{"
                + members.sorted { $0.name < $1.name }
                .map { "\(QueryFormat.escaped($0.name)):\(text($0.value))" }.joined(separator: ",") + "}"
        }
    }

    /// `1.5e-7` is `0.00000015`; nothing is rounded.
    static func plain(_ number: String) -> String {
        let isNegative = number.hasPrefix("-")
        let parts = number.drop { $0 == "-" }.split { $0 == "e" || $0 == "E" }
        guard let mantissa = parts.first else { return number }
        let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        // Beyond a double's range it is no number that was stored.
        guard abs(exponent) < 400 else { return number }
        let halves = mantissa.split(separator: ".", omittingEmptySubsequences: false)
        let fraction = halves.count > 1 ? String(halves[1]) : ""
        let digits = String(halves[0]) + fraction
        let point = halves[0].count + exponent
        let padded =
            String(repeating: "0", count: max(1 - point, 0)) + digits
            + String(repeating: "0", count: max(point - digits.count, 0))
        let whole = padded.prefix(max(point, 1))
        let rest = padded.dropFirst(whole.count)
        let bare = String(whole.drop { $0 == "0" })
        let text = (bare.isEmpty ? "0" : bare) + (rest.isEmpty ? "" : ".\(rest)")
        return isNegative && text.contains { ("1"..."9").contains($0) } ? "-\(text)" : text
    }
}
