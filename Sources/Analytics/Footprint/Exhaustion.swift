public import Graph
public import Market
public import Memory
public import Updates

/// What a topology says of `exhaustion`.
public struct ExhaustionSettings: NodeSettings {
    public var widths: [Duration] = [.seconds(60)]
    public var rowTicks = 1
    public var rowLimit = FootprintSettings.standardRowLimit
    public var levels = 3
    /// Billionths.
    public var share: Int64 = 100_000_000

    public init() {}

    public init(reading reader: inout SettingsReader) {
        widths = FootprintSettings.widths(&reader, default: widths)
        rowTicks = reader.integer("rowTicks", default: rowTicks, in: 1...1_000_000, meaning: "Height of a row in ticks")
        rowLimit = reader.integer(
            "rowLimit", default: rowLimit, in: FootprintSettings.rowLimits,
            meaning: "Rows of a bar; where prices span more, rows are merged in pairs and the update says so")
        levels = reader.integer(
            "levels", default: levels, in: 2...20, meaning: "Rows up to the extreme over which the volume falls")
        share = reader.decimal(
            "share", default: share, in: 0...Price.scale,
            meaning: "The part of the bar's mean row that the extreme row trades at most")
    }
}

/// Finds bars whose aggressors ran out at an end: their volume falls from row to row up to the extreme, where hardly
/// anything is traded (definitions §12).
///
/// At the high the volume of buyers counts, at the low that of sellers; it falls strictly over `levels` neighbouring
/// rows, of which one without trades counts 0. The mean row is the bar's volume over its rows with volume. A bar is
/// judged once, as it closes, at both ends; changes of the tape count until then, and recall nothing afterwards. A gap
/// makes no difference to the rows that are there: the coverage says that some may be missing.
public struct Exhaustion: ~Copyable, Analytic {
    public static let name = "exhaustion"
    public static let meaning = "Bars at whose high or low the aggressors' volume dies away"
    public static let example = #"{ "widths": "1m", "levels": 3, "share": 0.1 }"#
    public static let interests: Interests = [.trades, .instants, .changes, .sessions]
    public static let layouts = [ExhaustionUpdate.layout]

    public static func topics(_ settings: ExhaustionSettings) -> [TopicEntry] {
        settings.widths.map {
            TopicEntry(prefix: "exhaustion/\(DurationText.text($0))/", layout: ExhaustionUpdate.layout)
        }
    }

    private var widths: FootprintWidths
    private var channels: [Channel]
    private let levels: Int
    private let share: Int64

    public init(_ settings: ExhaustionSettings, at place: AnalyticPlace) {
        widths = FootprintWidths(
            RowScale(tick: place.tick, rowTicks: settings.rowTicks, rowLimit: settings.rowLimit),
            widths: settings.widths.map(DurationText.nanoseconds), horizon: 0)
        channels = place.channels
        levels = settings.levels
        share = settings.share
    }

    public mutating func receive(
        _ trade: borrowing Trade, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        if _slowPath(!widths.addInside(trade)) { addBetweenBars(trade, &surroundings, &updates) }
    }

    /// A trade that comes after its bar's end comes after the verdict.
    @inline(never)
    private mutating func addBetweenBars(
        _ trade: borrowing Trade, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        widths.addWaiting()
        endBars(by: trade.time, &surroundings, &updates)
        for index in widths.all.indices { _ = widths.add(trade, index, surroundings) }
        widths.setBounds(&surroundings)
    }

    public mutating func receive(
        _ change: TapeChange, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        widths.addWaiting()
        for index in widths.all.indices { _ = widths.change(index, change, surroundings) }
        widths.setBounds(&surroundings)
    }

    public mutating func wake(_ surroundings: inout Surroundings, _ updates: inout Outbox) {
        if widths.isQuiet(&surroundings) { return }
        widths.addWaiting()
        endBars(by: surroundings.time, &surroundings, &updates)
        widths.setBounds(&surroundings)
    }

    public mutating func close(
        _ session: Session, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        widths.addWaiting()
        endBars(by: .max, &surroundings, &updates)
        widths.setBounds(&surroundings)
    }

    private mutating func endBars(by time: Int64, _ surroundings: inout Surroundings, _ updates: inout Outbox) {
        while let index = widths.firstEnded(by: time) {
            judge(index, .high, &surroundings, &updates)
            judge(index, .low, &surroundings, &updates)
            widths.all[index].end()
        }
    }

    /// Judges one end of the open bar, and publishes what is found.
    private mutating func judge(
        _ index: Int, _ extreme: ExhaustionUpdate.Extreme, _ surroundings: inout Surroundings, _ updates: inout Outbox
    ) {
        let bar = widths.all[index].open
        guard isExhausted(bar, at: extreme) else { return }
        let body = ExhaustionUpdate(bar, at: extreme, levels: levels)
        var edition = Edition.final
        edition.flags = bar.flags
        let quality = surroundings.quality(over: bar.window, inferredShare: bar.sums.inferredShare)
        let head = surroundings.head(on: &channels[index], over: bar.window, as: edition, quality: quality)
        surroundings.publish(body, head, on: channels[index], &updates)
        let evidence = Evidence(kind: .exhaustion, number: head.number, time: bar.end, quality: quality)
        let other = bar.price(ofCell: bar.cell(levels - 1, from: extreme))
        surroundings.board.add(
            Finding(
                evidence, direction: Int8(body.direction), low: min(body.price, other), high: max(body.price, other)))
    }

    private func isExhausted(_ bar: borrowing FootprintBar, at extreme: ExhaustionUpdate.Extreme) -> Bool {
        guard bar.filled.count >= levels else { return false }
        var last: Int64 = -1
        for step in 0..<levels {
            let volume = bar[bar.cell(step, from: extreme)].aggressive(at: extreme)
            guard volume > last else { return false }
            last = volume
        }
        // The extreme row × rows ≤ share × volume: the mean is never rounded.
        let outermost = bar[bar.cell(0, from: extreme)].volume
        return Int128(outermost) * Int128(bar.tradedRows) * Int128(Price.scale) <= Int128(share)
            * Int128(bar.sums.volume)
    }
}

extension FootprintBar {
    /// The cell of a row that lies so many rows from an end.
    func cell(_ steps: Int, from extreme: ExhaustionUpdate.Extreme) -> Int {
        extreme == .high ? filled.upperBound - 1 - steps : filled.lowerBound + steps
    }

    /// Rows that hold volume.
    var tradedRows: Int { filled.count { self[$0].volume > 0 } }
}

extension FootprintRow {
    /// The volume of those who drive the price to an end: buyers to the high, sellers to the low.
    func aggressive(at extreme: ExhaustionUpdate.Extreme) -> Int64 { extreme == .high ? ask : bid }
}

extension Exhaustion {
    public static var version: Int { 1 }

    public mutating func archive(_ archive: inout Archive) {
        widths.archive(&archive)
        archive.channels(&channels)
    }
}
