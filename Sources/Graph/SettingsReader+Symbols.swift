internal import Market

/// What a source's `symbols` field says.
public enum SymbolSelection: Hashable, Sendable {
    /// So many symbols, which the source names itself.
    case count(Int)
    /// Names and patterns; `*` alone takes every symbol that comes.
    case patterns([SymbolPattern])

    /// Every symbol that comes.
    public static let any = SymbolSelection.patterns([.any])

    /// Whether a symbol's name is chosen; a count chooses none by name.
    public func contains(_ name: String) -> Bool {
        switch self {
        case .count: false
        case .patterns(let patterns): patterns.contains { $0.matches(name) }
        }
    }
}

extension SettingsReader {
    /// Patterns of one selection beyond this are a fault; names do not count.
    public static let wildcardLimit = 256

    /// A selection of symbols: `"*"`, `"BTC*"`, `["IBM", "MSFT"]`, or, where `counts` is given, a number in it.
    public mutating func symbols(
        _ name: String, default standard: SymbolSelection?, counts: ClosedRange<Int>?, meaning: String
    ) -> SymbolSelection {
        let type = counts == nil ? "name, pattern or list of them" : "count, name, pattern or list of them"
        var field = SettingField(name, type, meaning: meaning, required: standard == nil)
        field.range = counts.map { Conversion.text($0) }
        field.standard = standard.map(SettingsReader.text)
        let harmless = standard ?? .any
        guard let (value, path) = take(field) else { return harmless }
        if let counts, value.elements == nil, value.text == nil || value.origin != .file && Int(value.text ?? "") != nil
        {
            return convert(value, at: path) { value throws(Complaint) in
                .count(try Conversion.integer(value, in: counts))
            } ?? harmless
        }
        return symbolList(value, at: path).map(SymbolSelection.patterns) ?? harmless
    }

    /// A selection by name that may be absent, such as an edge's filter.
    public mutating func optionalSymbols(_ name: String, meaning: String) -> [SymbolPattern]? {
        let field = SettingField(name, "name, pattern or list of them", meaning: meaning, required: false)
        guard let (value, path) = take(field) else { return nil }
        return symbolList(value, at: path)
    }

    mutating func symbolList(_ value: JSONValue, at path: JSONPath) -> [SymbolPattern]? {
        var elements = [(value, path)]
        if let list = value.elements {
            elements = list.enumerated().map { ($1, path.element($0)) }
        } else if value.text == nil {
            append(Conversion.wrongType(value, "\"*\", a name, or a list of names"), at: path, position: value.position)
            return nil
        }
        if let complaint = SettingsReader.complaint(about: elements.map(\.0)) {
            append(complaint, at: path, position: value.position)
            return nil
        }
        var seen: Set<SymbolPattern> = []
        return elements.compactMap { element, path in
            convert(element, at: path) { value throws(Complaint) in
                let pattern = SymbolPattern(try Conversion.text(value))
                guard Symbol(pattern.description) != nil else {
                    throw Complaint(
                        problem: "\(value.shown) is no symbol's name",
                        remedy: "Write 1 to \(Symbol.byteLimit) bytes without control characters or blanks at an end")
                }
                guard seen.insert(pattern).inserted else {
                    throw Complaint(problem: "\(value.shown) stands in this list already", remedy: "Write it once")
                }
                return pattern
            }
        }
    }

    private static func complaint(about elements: [JSONValue]) -> Complaint? {
        let wildcards = elements.count { $0.text?.utf8.contains(UInt8(ascii: "*")) ?? false }
        if elements.isEmpty {
            return Complaint(problem: "the list is empty", remedy: "Name a symbol, or write \"*\" for all")
        }
        guard elements.count > listLimit || wildcards > wildcardLimit else { return nil }
        return Complaint(
            problem: "the list has \(elements.count) elements, \(wildcards) of them patterns",
            remedy: "Write at most \(listLimit) names and \(wildcardLimit) patterns")
    }

    private static func text(_ selection: SymbolSelection) -> String {
        switch selection {
        case .count(let count): "\(count)"
        case .patterns(let patterns): patterns.map(\.description).joined(separator: ", ")
        }
    }
}
