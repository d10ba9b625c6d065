internal import Compression
internal import Market

/// Decodes one symbol's day of US equity ticks: trades, or quotes told as the national best.
///
/// Trade: ms since midnight New York, price × 10,000, size, exchange, conditions (hex), suspicious. Quote: ms, bid
/// price,
/// bid size, ask price, ask size, exchange, conditions, suspicious. Trades outside of regular hours are kept: the
/// instrument's calendar decides.
struct EquityDecoder: RowDecoder, ~Copyable {
    /// Condition bits of an opening, a closing and a re-opening print.
    private static let auctionConditions: UInt32 = 0x40 | 0x80 | 0x100
    /// Ten-thousandths to billionths.
    private static let priceScale: Int64 = 100_000

    private let file: EquityFile
    private let symbol: [UInt8]
    /// Midnight New York, counted back from noon: the clock changes on Sundays, when nothing trades.
    private let midnight: Timestamp
    private var scanner = FieldScanner(delimiter: UInt8(ascii: ","))
    private var best: NationalBest

    init(_ file: EquityFile, _ rows: EquityQuoteRows) {
        best = NationalBest(rows)
        self.file = file
        symbol = Array(file.symbol.utf8)
        let noon = Zone.newYork.instant(of: file.date, WallTime(hour: 12, minute: 0))
        guard let noon else { preconditionFailure("A file's date must lie in the range of a time.") }
        midnight = noon + -43_200 * Timestamp.second
    }

    mutating func decode(_ row: RawSpan, into output: inout RowOutput) throws(FaultReason) -> RowOutcome {
        guard row.byteCount > 0 else { return .heading }
        guard let slot = output.resolve(symbol.span) else { return .refusedSymbol }
        return try row.withText { (line) throws(FaultReason) in
            try scanner.scan(line)
            return file.isQuotes ? try quote(line, slot, &output) : try trade(line, slot, &output)
        }
    }

    mutating func finish(into output: inout RowOutput) {}

    private func trade(_ line: Span<UInt8>, _ slot: Int, _ output: inout RowOutput) throws(FaultReason) -> RowOutcome {
        guard scanner.count >= 6 else { throw .fewFields(found: scanner.count, needed: 6) }
        guard try !isSuspicious(5, line) else { return .suspicious }
        let time = try time(line)
        let price = try price(1, "price", line)
        guard let quantity = output.quantity(units: try number(2, "size", line), slot) else { return .offStep }
        var event = MarketEvent.trade(
            symbol: output.index(slot), venueTime: time, receiveTime: Timestamp(nanoseconds: 0), price: price,
            quantity: quantity)
        let conditions = try conditions(4, line)
        let exchange = scanner.withField(3, of: line) { Exchange.number($0) }
        event.conditions = conditions
        event.venue = exchange
        if conditions & Self.auctionConditions != 0 { event.marks.insert(.auction) }
        if exchange == Exchange.tradeReporting { event.marks.insert(.offExchange) }
        output.emit(event)
        return .replayed
    }

    private mutating func quote(
        _ line: Span<UInt8>, _ slot: Int, _ output: inout RowOutput
    ) throws(FaultReason) -> RowOutcome {
        guard scanner.count >= 8 else { throw .fewFields(found: scanner.count, needed: 8) }
        guard try !isSuspicious(7, line) else { return .suspicious }
        let time = try time(line)
        let bid = NationalBest.Offer(price: try price(1, "bid", line), size: try number(2, "bid size", line))
        let ask = NationalBest.Offer(price: try price(3, "ask", line), size: try number(4, "ask size", line))
        let exchange = scanner.withField(5, of: line) { best.place(of: $0) }
        guard let exchange else { throw .outOfRange("the number of exchanges") }
        guard best.update(exchange, bid: bid, ask: ask) else { return .unchanged }
        guard let bidSize = output.quantity(units: best.bid.size, slot),
            let askSize = output.quantity(units: best.ask.size, slot)
        else { return .offStep }
        output.emit(
            .quote(
                symbol: output.index(slot), venueTime: time, receiveTime: Timestamp(nanoseconds: 0),
                bid: best.bid.price, bidSize: bidSize, ask: best.ask.price, askSize: askSize))
        return .replayed
    }

    // MARK: Fields

    private func number(_ field: Int, _ name: StaticString, _ line: Span<UInt8>) throws(FaultReason) -> Int64 {
        guard let value = scanner.withField(field, of: line, { WholeNumber.decimal($0) }) else {
            throw .notNumber("\(name)")
        }
        return value
    }

    /// A price in ten-thousandths.
    private func price(_ field: Int, _ name: StaticString, _ line: Span<UInt8>) throws(FaultReason) -> Price {
        let (billionths, overflow) = try number(field, name, line).multipliedReportingOverflow(by: Self.priceScale)
        guard !overflow else { throw .outOfRange("\(name)") }
        return Price(billionths: billionths)
    }

    private func time(_ line: Span<UInt8>) throws(FaultReason) -> Timestamp {
        let milliseconds = try number(0, "the time", line)
        guard (0...172_800_000).contains(milliseconds) else { throw .notTime("the time") }
        return midnight + milliseconds * 1_000_000
    }

    private func conditions(_ field: Int, _ line: Span<UInt8>) throws(FaultReason) -> UInt32 {
        guard let value = scanner.withField(field, of: line, { WholeNumber.hexadecimal($0) }) else {
            throw .notNumber("the conditions")
        }
        return value
    }

    private func isSuspicious(_ field: Int, _ line: Span<UInt8>) throws(FaultReason) -> Bool {
        switch try number(field, "the mark of suspicion", line) {
        case 0: false
        case 1: true
        default: throw .notNumber("the mark of suspicion")
        }
    }
}

/// Whole numbers from text.
enum WholeNumber {
    /// Digits with an optional minus sign; nil for anything else and out of range.
    static func decimal(_ text: Span<UInt8>) -> Int64? {
        let isNegative = text.count > 0 && text[0] == UInt8(ascii: "-")
        guard text.count > (isNegative ? 1 : 0) else { return nil }
        var value: Int64 = 0
        for index in (isNegative ? 1 : 0)..<text.count {
            guard text[index] >= 48, text[index] <= 57 else { return nil }
            let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = scaled.addingReportingOverflow(Int64(text[index] - 48))
            guard !overflow, !carry else { return nil }
            value = sum
        }
        return isNegative ? -value : value
    }

    /// One to eight hexadecimal digits.
    static func hexadecimal(_ text: Span<UInt8>) -> UInt32? {
        guard (1...8).contains(text.count) else { return nil }
        var value: UInt32 = 0
        for index in text.indices {
            let byte = text[index]
            switch byte {
            case 48...57: value = value << 4 | UInt32(byte - 48)
            case 65...70: value = value << 4 | UInt32(byte - 55)
            case 97...102: value = value << 4 | UInt32(byte - 87)
            default: return nil
            }
        }
        return value
    }
}
