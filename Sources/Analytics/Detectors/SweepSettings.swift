public import Graph
internal import Market

/// Which sweeps are looked for, and what makes one (definitions §11); every number is a proposal and a setting.
public struct SweepSettings: NodeSettings {
    /// Bit 6: F in the codes `@ABCDEFGHIKLMNOPQRTUVWXYZ45679`, counted from bit 0.
    public static let standardFlag = 1 << 6

    /// One venue's book.
    struct Book: Sendable {
        var isOn: Bool
        var gap: Duration
        var levels: Int
    }

    /// Several venues under intermarket sweep orders; shares in billionths, the notional in billionths of the quote
    /// currency.
    struct Intermarket: Sendable {
        var isOn: Bool
        var gap: Duration
        var venues: Int
        var flaggedShare: Int64
        var percentile: Int64
        var window: Int
        var minimumCount: Int
        var minimumNotional: Int64
        var flag: Int
    }

    /// One option contract; the block in contracts.
    struct Options: Sendable {
        var isOn: Bool
        var gap: Duration
        var prints: Int
        var venues: Int
        var block: Int
    }

    var book: Book
    var intermarket: Intermarket
    var options: Options
    var timer: Duration

    private static let gaps = Duration.zero ... .seconds(10)

    public init(reading reader: inout SettingsReader) {
        book = reader.object("book", meaning: "Sweeps through levels of one venue's book", SweepSettings.readBook)
        intermarket = reader.object(
            "intermarket", meaning: "Sweeps across venues by intermarket sweep orders", SweepSettings.readIntermarket)
        options = reader.object("options", meaning: "Sweeps and blocks of option contracts", SweepSettings.readOptions)
        timer = reader.duration(
            "timer", default: .milliseconds(250), in: .milliseconds(1) ... .seconds(60),
            meaning: "How long after its last print a chain is told at the latest, at least the longest gap")
        if !book.isOn && !intermarket.isOn && !options.isOn {
            reader.fault(
                at: "book", problem: "no kind of sweep is enabled", remedy: "Enable one, or leave the analytic out")
        }
    }

    private static func readGap(_ reader: inout SettingsReader, _ standard: Duration) -> Duration {
        reader.duration("gap", default: standard, in: gaps, meaning: "The longest pause between two prints")
    }

    private static func readVenues(_ reader: inout SettingsReader) -> Int {
        reader.integer("venues", default: 2, in: 1...SweepRun.venueLimit, meaning: "The fewest venues")
    }

    private static func readBook(_ reader: inout SettingsReader) -> Book {
        Book(
            isOn: reader.flag("enabled", default: true, meaning: "Whether they are looked for"),
            gap: readGap(&reader, .milliseconds(1)),
            levels: reader.integer(
                "levels", default: 3, in: 2...SweepRun.levelLimit, meaning: "The fewest distinct prices"))
    }

    private static func readIntermarket(_ reader: inout SettingsReader) -> Intermarket {
        let settings = Intermarket(
            isOn: reader.flag("enabled", default: true, meaning: "Whether they are looked for"),
            gap: readGap(&reader, .milliseconds(50)), venues: readVenues(&reader),
            flaggedShare: reader.decimal(
                "flaggedShare", default: 500_000_000, in: 0...Price.scale,
                meaning: "The least part of the volume with the sale condition"),
            percentile: reader.decimal(
                "percentile", default: 990_000_000, in: 500_000_000...999_999_000,
                meaning: "The percentile of trade sizes that the volume must reach, to six places"),
            window: reader.integer(
                "window", default: RollingSizes.standardWindow, in: 1...RollingSizes.windowLimit,
                meaning: "Trades that the percentile looks back on"),
            minimumCount: reader.integer(
                "minimumCount", default: 100, in: 1...RollingSizes.windowLimit,
                meaning: "Trades before the first sweep, so that the percentile is not the largest size"),
            minimumNotional: reader.decimal(
                "minimumNotional", default: 100_000 * Price.scale, in: 0...Price.limit,
                meaning: "The least price times size in the quote currency"),
            flag: reader.integer(
                "flag", default: standardFlag, in: 0...Int(UInt32.max),
                meaning: "The bits of a trade's conditions that mean intermarket sweep"))
        if settings.minimumCount > settings.window {
            reader.fault(
                at: "minimumCount", problem: "more trades are waited for than the window holds",
                remedy: "Write at most the window")
        }
        return settings
    }

    private static func readOptions(_ reader: inout SettingsReader) -> Options {
        Options(
            isOn: reader.flag("enabled", default: false, meaning: "Whether they are looked for"),
            gap: readGap(&reader, .milliseconds(500)),
            prints: reader.integer("prints", default: 2, in: 1...SweepRun.printLimit, meaning: "The fewest prints"),
            venues: readVenues(&reader),
            block: reader.integer(
                "block", default: 100, in: 0...1_000_000_000,
                meaning: "Contracts from which on a single print is told where the chain is no sweep, 0 for never"))
    }

    // MARK: As rules

    var bookRule: SweepRule {
        SweepRule(
            flavour: .book, gap: DurationText.nanoseconds(book.gap), levels: book.levels, isMonotonic: true,
            isOneVenue: true)
    }

    func intermarketRule(_ instrument: Instrument) -> SweepRule {
        let scaled = Int128(intermarket.minimumNotional) * Int128(Price.scale)
        let step = Int128(instrument.sizeStep)
        return SweepRule(
            flavour: .intermarket, gap: DurationText.nanoseconds(intermarket.gap), venues: intermarket.venues,
            flaggedShare: intermarket.flaggedShare, usesPercentile: true, floor: (scaled + step - 1) / step)
    }

    func optionsRule(_ instrument: Instrument) -> SweepRule {
        let contracts = Int128(options.block) * Int128(Price.scale)
        let steps = (contracts + Int128(instrument.sizeStep) - 1) / Int128(instrument.sizeStep)
        return SweepRule(
            flavour: .options, gap: DurationText.nanoseconds(options.gap), prints: options.prints,
            venues: options.venues, block: Int64(clamping: steps))
    }

    /// From the last print of a chain to its end, nanoseconds: no print may still join what the timer has told.
    var wait: Int64 {
        let gaps = [(book.isOn, book.gap), (intermarket.isOn, intermarket.gap), (options.isOn, options.gap)]
        let longest = gaps.filter(\.0).map { DurationText.nanoseconds($0.1) }.max() ?? 0
        return max(DurationText.nanoseconds(timer), longest + 1)
    }
}
