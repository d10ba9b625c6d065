internal import Compression
internal import Market

/// Decodes any CSV through a column map: trades, quotes, or trades with the best bid and ask beside them.
struct CSVDecoder: RowDecoder, ~Copyable {
    private let layout: CSVLayout
    private let zone: RecordingZone
    private var timeFormat: TimeFormat?
    private var scanner: FieldScanner
    private var isFirst = true

    init(_ layout: CSVLayout, timeFormat: TimeFormat?, zone: RecordingZone) {
        self.layout = layout
        self.timeFormat = timeFormat
        self.zone = zone
        scanner = FieldScanner(delimiter: layout.delimiter)
    }

    mutating func decode(_ row: RawSpan, into output: inout RowOutput) throws(FaultReason) -> RowOutcome {
        let isHeading = isFirst && layout.hasHeading
        isFirst = false
        guard !isHeading, row.byteCount > 0 else { return .heading }
        return try row.withText { (line) throws(FaultReason) in try decode(line, &output) }
    }

    mutating func finish(into output: inout RowOutput) {}

    private mutating func decode(_ line: Span<UInt8>, _ output: inout RowOutput) throws(FaultReason) -> RowOutcome {
        try scanner.scan(line)
        let found =
            layout.symbol < 0
            ? output.resolve(layout.constantSymbol.span)
            : scanner.withField(layout.symbol, of: line) { output.resolve($0) }
        guard let slot = found else { return .refusedSymbol }
        guard scanner.count >= layout.width else { throw .fewFields(found: scanner.count, needed: layout.width) }
        let time = try time(line)
        let bid = try optionalPrice(layout.bid, "bid", line)
        let ask = try optionalPrice(layout.ask, "ask", line)
        if layout.price >= 0, !isEmpty(layout.price, line) {
            return try trade(line, slot, time, bid: bid, ask: ask, &output)
        }
        guard layout.bid >= 0, layout.ask >= 0, bid != nil || ask != nil else { throw .missing("price") }
        guard let bidSize = try size(layout.bidSize, "bid size", line, slot, &output),
            let askSize = try size(layout.askSize, "ask size", line, slot, &output)
        else { return .offStep }
        output.emit(
            .quote(
                symbol: output.index(slot), venueTime: time, receiveTime: Timestamp(nanoseconds: 0),
                bid: bid ?? .none, bidSize: bidSize, ask: ask ?? .none, askSize: askSize))
        return .replayed
    }

    private func trade(
        _ line: Span<UInt8>, _ slot: Int, _ time: Timestamp, bid: Price?, ask: Price?, _ output: inout RowOutput
    ) throws(FaultReason) -> RowOutcome {
        let price = try decimal(layout.price, "price", line)
        guard !isEmpty(layout.size, line) else { throw .missing("size") }
        guard let quantity = try size(layout.size, "size", line, slot, &output) else { return .offStep }
        var event = MarketEvent.trade(
            symbol: output.index(slot), venueTime: time, receiveTime: Timestamp(nanoseconds: 0),
            price: Price(billionths: price), quantity: quantity)
        if let (kind, marks) = try change(line) {
            event = MarketEvent(
                kind, symbol: output.index(slot), venueTime: time, receiveTime: Timestamp(nanoseconds: 0))
            (event.price, event.quantity, event.marks) = (Price(billionths: price), quantity, marks)
        }
        event.side = try side(line)
        let tape = try tape(line)
        if let bid, let ask, tape == nil, event.isTrade {
            event.setTouch(bid: bid, ask: ask)
        } else {
            if layout.identifier >= 0 { event.identifier = identifier(line) }
            name(&event, tape, line)
            if let bid, let ask { emitQuote(of: event, bid, ask, &output) }
        }
        output.emit(event)
        return .replayed
    }

    /// A row that names its trade has no room for the best bid and ask: they come before it, without sizes.
    private func emitQuote(of event: MarketEvent, _ bid: Price, _ ask: Price, _ output: inout RowOutput) {
        output.emit(
            .quote(
                symbol: event.symbol, venueTime: event.venueTime, receiveTime: event.receiveTime, bid: bid,
                bidSize: .zero, ask: ask, askSize: .zero))
    }

    // MARK: Conditions

    private func name(_ event: inout MarketEvent, _ tape: ConsolidatedTape?, _ line: Span<UInt8>) {
        event.tape = tape
        if layout.venue >= 0 { event.venue = scanner.withField(layout.venue, of: line) { CSVDecoder.venue($0) } }
        guard layout.conditions >= 0 else { return }
        event.conditions = scanner.withField(layout.conditions, of: line) { field in
            tape == nil ? UInt32(truncatingIfNeeded: CSVDecoder.number(field)) : SaleCodes.bits(field)
        }
        // What no lit book made is reported through the venue D.
        if tape != nil, event.isTrade, event.venue == UInt16(UInt8(ascii: "D")) { event.marks.insert(.offExchange) }
    }

    private func tape(_ line: Span<UInt8>) throws(FaultReason) -> ConsolidatedTape? {
        guard !isEmpty(layout.tape, line) else { return nil }
        let tape = scanner.withField(layout.tape, of: line) { field -> ConsolidatedTape? in
            guard field.count == 1 else { return nil }
            switch field[0] | 0x20 {
            case UInt8(ascii: "a"): return .a
            case UInt8(ascii: "b"): return .b
            case UInt8(ascii: "c"): return .c
            case UInt8(ascii: "o"): return .o
            default: return nil
            }
        }
        guard let tape else { throw .notTape("the tape") }
        return tape
    }

    /// What a row is, where it is no trade.
    private func change(_ line: Span<UInt8>) throws(FaultReason) -> (EventKind, MarketEvent.Marks)? {
        guard !isEmpty(layout.action, line) else { return nil }
        let place = scanner.withField(layout.action, of: line) { field in
            CSVDecoder.actions.firstIndex { Self.isSame(field, $0) }
        }
        switch place {
        case 0: return nil
        case 1: return (.cancel, [])
        case 2: return (.cancel, .replaced)
        case 3: return (.restate, [])
        default: throw .notAction("the action")
        }
    }

    private static let actions = ["trade", "cancel", "replaced", "restate"].map { Array($0.utf8) }

    private static func venue(_ field: Span<UInt8>) -> UInt16 {
        let isLetter = field.count == 1 && (field[0] | 0x20) >= 97 && (field[0] | 0x20) <= 122
        return isLetter ? UInt16(field[0]) : UInt16(exactly: number(field)) ?? 0
    }

    // MARK: Fields

    private mutating func time(_ line: Span<UInt8>) throws(FaultReason) -> Timestamp {
        let format: TimeFormat
        if let timeFormat {
            format = timeFormat
        } else {
            guard let guess = scanner.withField(layout.time, of: line, { TimeText.guessedFormat($0) }) else {
                throw .notTime("the time")
            }
            format = guess
            timeFormat = guess
        }
        guard let time = scanner.withField(layout.time, of: line, { TimeText.timestamp($0, format, zone: zone) })
        else { throw .notTime("the time") }
        return time
    }

    private func isEmpty(_ column: Int, _ line: Span<UInt8>) -> Bool {
        column < 0 || scanner.withField(column, of: line) { $0.isEmpty }
    }

    private func decimal(_ column: Int, _ name: StaticString, _ line: Span<UInt8>) throws(FaultReason) -> Int64 {
        guard let value = scanner.withField(column, of: line, { DecimalText.billionths($0) }) else {
            throw .notDecimal("\(name)")
        }
        return value
    }

    private func optionalPrice(
        _ column: Int, _ name: StaticString, _ line: Span<UInt8>
    ) throws(FaultReason) -> Price? {
        guard !isEmpty(column, line) else { return nil }
        return Price(billionths: try decimal(column, name, line))
    }

    /// A size as steps, 0 where the file has none; nil, and counted, when it is off its step.
    private func size(
        _ column: Int, _ name: StaticString, _ line: Span<UInt8>, _ slot: Int, _ output: inout RowOutput
    ) throws(FaultReason) -> Quantity? {
        guard !isEmpty(column, line) else { return .zero }
        return output.quantity(billionths: try decimal(column, name, line), slot)
    }

    private func side(_ line: Span<UInt8>) throws(FaultReason) -> Side {
        guard !isEmpty(layout.side, line) else { return .unknown }
        let side = scanner.withField(layout.side, of: line) { field -> Side? in
            if layout.buyValues.contains(where: { Self.isSame(field, $0) }) { return .buy }
            return layout.sellValues.contains(where: { Self.isSame(field, $0) }) ? .sell : nil
        }
        guard let side else { throw .notSide("the side") }
        return side
    }

    /// Compares without regard to the case of ASCII letters; `lower` has none in capitals.
    private static func isSame(_ field: Span<UInt8>, _ lower: [UInt8]) -> Bool {
        guard field.count == lower.count else { return false }
        for index in field.indices {
            let byte = field[index]
            let folded = byte >= 65 && byte <= 90 ? byte + 32 : byte
            if folded != lower[index] { return false }
        }
        return true
    }

    /// A whole number, or 0 for an identifier that is none: an event keeps only numbers.
    private func identifier(_ line: Span<UInt8>) -> UInt64 {
        scanner.withField(layout.identifier, of: line) { CSVDecoder.number($0) }
    }

    /// A whole number; 0 for anything else.
    private static func number(_ field: Span<UInt8>) -> UInt64 {
        var value: UInt64 = 0
        for index in field.indices {
            guard field[index] >= 48, field[index] <= 57 else { return 0 }
            let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = scaled.addingReportingOverflow(UInt64(field[index] - 48))
            guard !overflow, !carry else { return 0 }
            value = sum
        }
        return value
    }
}
