public import Market

/// Whether a trade may set one kind of figure of a bar; of several conditions the strictest rules.
public enum Leave: UInt8, Comparable, Sendable {
    case never
    /// Only as the first trade of the bar that may set it at all.
    case first
    case always

    public static func < (left: Leave, right: Leave) -> Bool { left.rawValue < right.rawValue }

    /// From its letter in the published table: N, F or Y.
    fileprivate init(_ letter: Character) { self = letter == "Y" ? .always : letter == "F" ? .first : .never }
}

/// What a trade's conditions let it do to a bar (definitions §2).
public struct SaleRule: Equatable, Sendable {
    public var openClose: Leave
    public var highLow: Leave
    public var volume: Leave

    public static let regular = SaleRule(openClose: .always, highLow: .always, volume: .always)
    /// What a code gets that nobody knows.
    public static let unknown = SaleRule(openClose: .never, highLow: .never, volume: .always)

    public init(openClose: Leave, highLow: Leave, volume: Leave) {
        self.openClose = openClose
        self.highLow = highLow
        self.volume = volume
    }

    fileprivate init(_ letters: String) {
        let leaves = letters.map(Leave.init)
        precondition(leaves.count == 3, "A rule has a letter for open and close, high and low, and volume.")
        self.init(openClose: leaves[0], highLow: leaves[1], volume: leaves[2])
    }

    func strictest(_ other: SaleRule) -> SaleRule {
        SaleRule(
            openClose: min(openClose, other.openClose), highLow: min(highLow, other.highLow),
            volume: min(volume, other.volume))
    }
}

/// Bars shorter than a day, and those of a day and more: the consolidated tapes have a rule for each.
public enum BarSpan: Sendable, CaseIterable {
    case minute, day
}

/// What a sale condition lets a trade of a consolidated tape do: the published table, and the same as masks of bits, so
/// that an ordinary trade is decided by one of them.
///
/// Source: Alpaca's market data FAQ on the CTS, UTP and TDDS specifications (definitions §2). A trade without any code
/// is a regular one. A code that its tape does not have is unknown: it adds volume and sets no price.
public struct SaleConditions: BitwiseCopyable, Sendable {
    /// One line of the published table.
    private struct Line {
        let codes: String
        let tapes: String
        let minute: SaleRule
        let day: SaleRule

        /// `rules` are three letters for every bar, or three for the minute's and three for the day's.
        init(_ codes: String, _ tapes: String, _ rules: String) {
            self.codes = codes
            self.tapes = tapes
            minute = SaleRule(String(rules.prefix(3)))
            day = SaleRule(String(rules.suffix(3)))
        }
    }

    private static let table = [
        Line(" ", "AB", "YYY"), Line("@", "CO", "YYY"), Line("ADY", "C", "YYY"), Line("B", "AB", "NNY"),
        Line("B", "C", "YYY"), Line("CNR", "ABCO", "NNY"), Line("E", "AB", "YYY"), Line("F", "ABC", "YYY"),
        Line("G", "C", "NNY FYY"), Line("HV7", "ABC", "NNY"), Line("I", "ABCO", "NNY"), Line("KLXO56", "ABC", "YYY"),
        Line("MQ", "ABC", "NNN"), Line("P", "ABCO", "NNY FYY"), Line("T", "ABCO", "YYY NNY"), Line("U", "ABCO", "NNY"),
        Line("W", "CO", "NNY"), Line("Z", "ABC", "NNY FYY"), Line("4", "ABC", "NNY FYY"), Line("9", "ABC", "NNN YYN"),
    ]

    /// What one code lets a trade do; nil where its tape does not have it.
    public static func rule(_ code: UInt8, _ tape: ConsolidatedTape, _ span: BarSpan) -> SaleRule? {
        let letter = Character(Unicode.Scalar(code))
        let line = table.first { $0.codes.contains(letter) && $0.tapes.contains("\(tape)".uppercased()) }
        return line.map { span == .minute ? $0.minute : $0.day }
    }

    /// What a set of codes lets a trade do: the strictest of each column.
    public static func rule(_ conditions: UInt32, _ tape: ConsolidatedTape, _ span: BarSpan) -> SaleRule {
        var strictest = conditions & SaleCodes.unknown == 0 ? SaleRule.regular : .unknown
        for (place, code) in SaleCodes.list.enumerated() where conditions & 1 << UInt32(place) != 0 {
            strictest = strictest.strictest(rule(code, tape, span) ?? .unknown)
        }
        return strictest
    }

    /// The codes of one tape by what they forbid.
    private struct Masks: BitwiseCopyable {
        /// Codes that forbid anything, or say anything of the order flow: without them a trade is an ordinary one.
        var special: UInt32 = 0
        var unknown: UInt32 = 0
        var noVolume: UInt32 = 0
        var noPrice: UInt32 = 0
        var noDayHighLow: UInt32 = 0
        var noDayOpenClose: UInt32 = 0
        var dayFirst: UInt32 = 0
        var noFlow: UInt32 = 0

        init() {}

        init(_ tape: ConsolidatedTape) {
            for place in 0..<32 {
                let code = place < SaleCodes.list.count ? SaleCodes.list[place] : nil
                add(1 << UInt32(place), code, tape)
            }
        }

        private mutating func add(_ bit: UInt32, _ code: UInt8?, _ tape: ConsolidatedTape) {
            let known = code.flatMap { SaleConditions.rule($0, tape, .minute) }
            let minute = known ?? .unknown
            let day = code.flatMap { SaleConditions.rule($0, tape, .day) } ?? .unknown
            if known == nil { unknown |= bit }
            if minute.volume == .never { noVolume |= bit }
            if minute.highLow == .never { noPrice |= bit }
            if day.highLow == .never { noDayHighLow |= bit }
            if day.openClose == .never { noDayOpenClose |= bit }
            if day.openClose == .first { dayFirst |= bit }
            // Odd lots are real executions; auctions have no aggressor.
            let isOddLot = bit == SaleConditions.oddLot
            if known == nil || minute.highLow == .never && !isOddLot { noFlow |= bit }
            let isAuction = bit & SaleConditions.auction != 0
            if minute != .regular || day != .regular || isAuction { special |= bit }
        }
    }

    private static let oddLot = SaleCodes.bit(UInt8(ascii: "I"))
    /// Opening, re-opening and closing prints.
    private static let auction = SaleCodes.bits("O56")

    private let oddLot = SaleConditions.oddLot
    private let auction = SaleConditions.auction
    /// By the tape's number; the first stands for none.
    private var masks: InlineArray<5, Masks>

    public init() {
        masks = InlineArray(repeating: Masks())
        for tape in ConsolidatedTape.allCases { masks[Int(tape.rawValue)] = Masks(tape) }
    }

    /// Whether nothing sets a trade apart from a regular one.
    public func isPlain(_ conditions: UInt32, _ tape: ConsolidatedTape) -> Bool {
        conditions & masks[Int(tape.rawValue)].special == 0
    }

    /// What a trade does to the sums of its symbol.
    public func effects(_ conditions: UInt32, _ tape: ConsolidatedTape) -> TradeEffects {
        let masks = masks[Int(tape.rawValue)]
        guard conditions & masks.special != 0 else { return .regular }
        var effects: TradeEffects = []
        if conditions & masks.noVolume == 0 { effects.insert(.volume) }
        if conditions & masks.noPrice == 0 { effects.insert(.price) }
        if conditions & masks.noDayHighLow == 0 { effects.insert(.dayPrice) }
        if conditions & masks.noDayOpenClose == 0 {
            effects.insert(conditions & masks.dayFirst == 0 ? .dayOpenClose : .dayFirst)
        }
        if conditions & auction != 0 { effects.insert(.auction) }
        if conditions & masks.noFlow == 0, effects.contains(.volume) {
            effects.insert(.profile)
            if conditions & auction == 0 { effects.insert(.flow) }
        }
        return effects
    }

    /// Whether a code is among them that the tape does not have.
    public func hasUnknown(_ conditions: UInt32, _ tape: ConsolidatedTape) -> Bool {
        conditions & masks[Int(tape.rawValue)].unknown != 0
    }
}

/// What a trade does to the sums of its symbol. No code of the table lets a trade set high and low of a minute bar
/// without open and close, so one mark stands for both there.
public struct TradeEffects: OptionSet, BitwiseCopyable, Sendable, Hashable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// It carries volume; without it nothing but a day's prices can be touched.
    public static let volume = TradeEffects(rawValue: 1)
    /// It sets prices of bars shorter than a day, and with its volume the mean price.
    public static let price = TradeEffects(rawValue: 2)
    /// It sets high and low of bars of a day and more, and with its volume their mean price.
    public static let dayPrice = TradeEffects(rawValue: 4)
    /// It sets open and close of bars of a day and more, always or only as their first.
    public static let dayOpenClose = TradeEffects(rawValue: 8)
    public static let dayFirst = TradeEffects(rawValue: 16)
    /// It is of the order flow: it may have an aggressor.
    public static let flow = TradeEffects(rawValue: 32)
    /// It stands in the volume profile: the order flow, and auctions.
    public static let profile = TradeEffects(rawValue: 64)
    /// An opening, re-opening or closing print.
    public static let auction = TradeEffects(rawValue: 128)

    public static let regular: TradeEffects = [.volume, .price, .dayPrice, .dayOpenClose, .flow, .profile]
    /// A trade whose price must not move anything: it has an aggressor, and no row.
    public static let volumeOnly: TradeEffects = [.volume, .flow]
    private static let prices: TradeEffects = [.price, .dayPrice, .dayOpenClose, .dayFirst, .profile]

    /// The same under the marks of an event: volume alone, or an auction.
    public func marked(_ marks: MarketEvent.Marks) -> TradeEffects {
        var marked = self
        if marks.contains(.volumeOnly) { marked.subtract(TradeEffects.prices) }
        if marks.contains(.auction) {
            marked.insert(.auction)
            marked.remove(.flow)
        }
        return marked
    }

    /// Whether analytics of the order flow take it: it has an aggressor, and a price that is the market's.
    public var isOrderFlow: Bool { isSuperset(of: [.flow, .profile]) }

    /// Whether bars of a day see more or less of it than shorter ones.
    public var hasOwnDay: Bool {
        contains(.price) != contains(.dayPrice) || contains(.price) != contains(.dayOpenClose) || contains(.dayFirst)
    }
}
