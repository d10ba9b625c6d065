public import Market

/// What the file says about the instruments of one name or pattern; what is nil the feed or a default must tell.
public struct InstrumentDefinition: Hashable, Sendable {
    public let pattern: SymbolPattern
    public let tick: Price?
    /// The size step in billionths of a unit.
    public let sizeStep: Int64?
    /// A built-in session's name or one of the file's calendars.
    public let session: String?
    public let allowsNegativePrices: Bool?

    init(pattern: String, reading reader: inout SettingsReader) {
        self.pattern = SymbolPattern(pattern)
        if Symbol(pattern) == nil, !reader.isListing {
            reader.fault(
                problem: "the name is no symbol",
                remedy: "Write 1 to \(Symbol.byteLimit) bytes without control characters or blanks at an end")
        }
        let tick = reader.optionalDecimal("tick", in: 1...Price.limit, meaning: "The smallest price move")
        self.tick = tick.map { Price(billionths: $0) }
        sizeStep = reader.optionalDecimal("size", in: 1...Price.limit, meaning: "The smallest step of a size, in units")
        session = reader.optionalText("session", meaning: "A built-in session or one of the file's calendars")
        let hasNegative = reader.has("negativePrices")
        let negative = reader.flag(
            "negativePrices", default: false, meaning: "Whether prices of 0 and below are real, as for spreads")
        allowsNegativePrices = hasNegative ? negative : nil
    }
}

/// The file's instruments, found by a symbol's name: the exact name first, then the pattern with the most letters.
public struct InstrumentTable: Sendable {
    /// In file order.
    public let definitions: [InstrumentDefinition]
    private let named: [String: InstrumentDefinition]
    /// The most letters first; of equal ones the first in the file.
    private let patterns: [InstrumentDefinition]

    init(_ definitions: [InstrumentDefinition]) {
        self.definitions = definitions
        named = Dictionary(
            definitions.lazy.filter(\.pattern.isName).map { ($0.pattern.description, $0) },
            uniquingKeysWith: { one, _ in one })
        patterns = definitions.enumerated().filter { !$1.pattern.isName }
            .sorted { ($1.element.pattern.letters, $0.offset) < ($0.element.pattern.letters, $1.offset) }
            .map(\.element)
    }

    public func definition(of name: String) -> InstrumentDefinition? {
        named[name] ?? patterns.first { $0.pattern.matches(name) }
    }
}
