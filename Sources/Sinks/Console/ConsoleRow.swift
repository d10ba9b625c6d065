internal import Market
internal import Memory
internal import Updates

/// One symbol's line of the table: the newest value of every column.
struct ConsoleRow: Sendable {
    /// A value as an update has it.
    enum Value: BitwiseCopyable, Sendable {
        case none
        case price(Int64)
        case quantity(Int64)
        case real(Double)
    }

    let name: String
    /// Billionths of a unit in one step of quantity.
    let sizeStep: Int64
    private var values: [Value] = Array(repeating: .none, count: ConsoleColumn.allCases.count)
    /// Decimal places that any price or size of the symbol has needed: they only grow, so that digits stand still.
    private var pricePlaces = 0
    private var sizePlaces = 0
    private var barStart = Timestamp(nanoseconds: .min)
    private var lastStart = Timestamp(nanoseconds: .min)
    /// The part of the bar's time, and of the session's, without a gap; not a number before any update.
    private(set) var barCoverage = Double.nan
    private(set) var sessionCoverage = Double.nan
    private var barInferred = Double.nan
    private var sessionInferred = Double.nan
    /// Trades counted since the session's open, as last told; nil before.
    private(set) var trades: Int64?

    init(name: String, sizeStep: Int64) {
        self.name = name
        self.sizeStep = sizeStep
    }

    /// Takes what an update of a session or an event says; returns how many trades are new.
    mutating func takeSession(_ update: RawSpan, _ topic: ConsoleTopic) -> Int64 {
        let head = RecordReader.updateHead(of: update)
        take(update, topic)
        sessionCoverage = head.coverage
        if !head.inferredShare.isNaN { sessionInferred = head.inferredShare }
        guard let offset = topic.trades else { return 0 }
        let count: Int64 = update.integer(at: offset)
        defer { trades = count }
        // The first count holds what happened before; a smaller one begins a new session.
        guard let trades else { return 0 }
        return max(count - trades, 0)
    }

    /// Takes what a bar of the shown width says; a revision of an earlier bar changes nothing here.
    mutating func takeBar(_ update: RawSpan, _ topic: ConsoleTopic) {
        let head = RecordReader.updateHead(of: update)
        guard head.start >= barStart else { return }
        barStart = head.start
        take(update, topic)
        barCoverage = head.coverage
        barInferred = head.inferredShare
        if let (buy, sell) = topic.buyAndSell {
            let delta: Int64 = update.integer(at: buy) &- update.integer(at: sell)
            set(.delta, .quantity(delta))
        }
    }

    /// Takes the price that the symbol had last.
    mutating func takeLast(_ update: RawSpan, at offset: Int) {
        let start = RecordReader.updateHead(of: update).start
        guard start >= lastStart else { return }
        lastStart = start
        set(.last, .price(update.integer(at: offset)))
    }

    /// Forgets the bar: another width is shown from now on.
    mutating func forgetBar() {
        barStart = Timestamp(nanoseconds: .min)
        (barCoverage, barInferred) = (.nan, .nan)
        for column in ConsoleColumn.allCases where column.span == .bar { values[column.rawValue] = .none }
    }

    var inferredShare: Double { barInferred.isNaN ? sessionInferred : barInferred }

    /// The cell's text; nil where the symbol has no such value.
    func text(_ column: ConsoleColumn) -> String? {
        switch column {
        case .coverage: return barCoverage.isNaN ? nil : ConsoleText.coverage(barCoverage)
        case .sessionCoverage: return sessionCoverage.isNaN ? nil : ConsoleText.coverage(sessionCoverage)
        case .inferred: return inferredShare.isNaN ? nil : ConsoleText.percent(inferredShare)
        default: break
        }
        switch values[column.rawValue] {
        case .none: return nil
        case .price(let price): return ConsoleText.fixed(Int128(price), places: pricePlaces)
        case .quantity(let steps): return ConsoleText.fixed(Int128(steps) * Int128(sizeStep), places: sizePlaces)
        // A mean lies between the ticks: two more places.
        case .real(let value): return ConsoleText.fixed(value, places: min(pricePlaces + 2, 9))
        }
    }

    /// Whether a signed value is below (-1) or above (1) zero.
    func sign(_ column: ConsoleColumn) -> Int {
        guard case .quantity(let steps) = values[column.rawValue] else { return 0 }
        return Int(steps.signum())
    }

    private mutating func take(_ update: RawSpan, _ topic: ConsoleTopic) {
        for use in topic.uses {
            switch use.type {
            case .price: set(use.column, .price(update.integer(at: use.offset)))
            case .quantity: set(use.column, .quantity(update.integer(at: use.offset)))
            case .real: set(use.column, .real(update.double(at: use.offset)))
            case .count, .time, .flag, .choice, .marks: break
            }
        }
    }

    private mutating func set(_ column: ConsoleColumn, _ value: Value) {
        switch value {
        case .price(let price):
            guard price != Price.none.billionths else { return values[column.rawValue] = .none }
            pricePlaces = ConsoleText.places(of: Int128(price), atLeast: pricePlaces)
        case .quantity(let steps):
            sizePlaces = ConsoleText.places(of: Int128(steps) * Int128(sizeStep), atLeast: sizePlaces)
        case .real(let real):
            guard real.isFinite else { return values[column.rawValue] = .none }
        case .none: break
        }
        values[column.rawValue] = value
    }
}
