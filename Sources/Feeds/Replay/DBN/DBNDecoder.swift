internal import Compression
internal import Market

/// Decodes DBN records (feeds reference: Databento's DBN 1 to 3): trades, tbbo, mbp-1, mbp-10, mbo.
struct DBNDecoder: RowDecoder, ~Copyable {
    /// What all replayed records share.
    private struct Head {
        let slot: Int
        let symbol: UInt32
        let venueTime: Timestamp
        let receiveTime: Timestamp
        let action: UInt8
        /// As the record says it: the aggressor of a trade, else the side of the book.
        let side: Side
        let price: Price
        let flags: UInt8
        let publisher: UInt16
    }

    private let schema: DBNSchema
    private var names: DBNNames
    private var books = DBNBooks()
    /// By slot, in a mixed file: the kind of record whose trades count, so that none counts twice.
    private var tradeKinds: [DBNRecordKind?] = []

    /// A fragment without a head has no metadata: its instruments are called by their numbers.
    init(_ metadata: DBNMetadata?) {
        schema = metadata?.schema ?? .mixed
        names = DBNNames(metadata?.names ?? [:])
    }

    mutating func decode(_ row: RawSpan, into output: inout RowOutput) throws(FaultReason) -> RowOutcome {
        guard let kind = DBNRecordKind(rawValue: row.integer(at: 1, as: UInt8.self)) else { return .notReplayed }
        guard row.byteCount >= kind.size else { throw .recordLength(found: row.byteCount, needed: kind.size) }
        switch kind {
        case .trade: return try trade(row, .trade, &output)
        case .mbp1: return try bestPrices(row, &output)
        case .mbp10: return try depth(row, &output)
        case .mbo: return try order(row, &output)
        case .symbolMapping: return mapping(row, &output)
        }
    }

    mutating func finish(into output: inout RowOutput) {}

    // MARK: Records

    private mutating func trade(
        _ row: RawSpan, _ kind: DBNRecordKind, _ output: inout RowOutput
    ) throws(FaultReason) -> RowOutcome {
        guard let head = try head(row, &output) else { return .refusedSymbol }
        guard head.action == UInt8(ascii: "T") else { return .notReplayed }
        return try emitTrade(row, head, kind, &output)
    }

    private mutating func bestPrices(_ row: RawSpan, _ output: inout RowOutput) throws(FaultReason) -> RowOutcome {
        guard let head = try head(row, &output) else { return .refusedSymbol }
        let isTrade = head.action == UInt8(ascii: "T")
        let top = DBNLevel(row, at: 48)
        let isNew = books.setTop(top, of: head.slot)
        if head.action == UInt8(ascii: "R") { emitReset(head, endsGroup: true, &output) }
        // A row of tbbo is a trade with the quote before it; of mbp-1 a quote is only told when it changed.
        let isQuote = isNew || (isTrade && schema == .tbbo)
        let isQuoted = isQuote && emitQuote(top, head, &output)
        if isTrade { return try emitTrade(row, head, .mbp1, &output) }
        if isQuoted || head.action == UInt8(ascii: "R") { return .replayed }
        return isQuote ? .offStep : .unchanged
    }

    private mutating func depth(_ row: RawSpan, _ output: inout RowOutput) throws(FaultReason) -> RowOutcome {
        guard let head = try head(row, &output) else { return .refusedSymbol }
        let isTrade = head.action == UInt8(ascii: "T")
        let isReset = head.action == UInt8(ascii: "R")
        if isReset {
            emitReset(head, endsGroup: true, &output)
            books.clear(head.slot)
        }
        let changes = books.change(head.slot, to: row)
        emitLevels(changes, head, &output)
        let top = DBNLevel(row, at: 48)
        let isNew = books.setTop(top, of: head.slot)
        let isQuoted = isNew && emitQuote(top, head, &output)
        if isTrade { return try emitTrade(row, head, .mbp10, &output) }
        if isReset || isQuoted || !changes.isEmpty { return .replayed }
        return isNew ? .offStep : .unchanged
    }

    private mutating func order(_ row: RawSpan, _ output: inout RowOutput) throws(FaultReason) -> RowOutcome {
        guard let head = try head(row, mbo: true, &output) else { return .refusedSymbol }
        let endsGroup = head.flags & DBNFlag.last != 0
        let action: OrderAction
        switch head.action {
        case UInt8(ascii: "A"): action = .add
        case UInt8(ascii: "C"): action = .remove
        case UInt8(ascii: "M"): action = .modify
        case UInt8(ascii: "F"): action = .fill
        case UInt8(ascii: "T"): return try emitTrade(row, head, .mbo, &output)
        case UInt8(ascii: "R"):
            emitReset(head, endsGroup: endsGroup, &output)
            return .replayed
        default: return .notReplayed
        }
        guard let quantity = try size(row, at: 32, head, &output) else { return .offStep }
        var event = MarketEvent(
            .order, symbol: head.symbol, venueTime: head.venueTime, receiveTime: head.receiveTime)
        event.orderAction = action
        event.side = head.side
        event.price = head.price
        event.quantity = quantity
        event.identifier = row.integer(at: 16, as: UInt64.self)
        event.marks = marks(head)
        if endsGroup { event.marks.insert(.lastOfGroup) }
        output.emit(event)
        return .replayed
    }

    /// The mapping record of version 1 has names of 22 bytes; later ones of 71, each behind its kind.
    private mutating func mapping(_ row: RawSpan, _ output: inout RowOutput) -> RowOutcome {
        let isWide = row.byteCount >= 176
        let name = DBNText.name(row, at: isWide ? 89 : 38, width: isWide ? 71 : 22)
        guard !name.isEmpty else { return .notReplayed }
        names.map(row.integer(at: 4, as: UInt32.self), to: name, &output)
        return .heading
    }

    // MARK: Parts

    /// Reads what the records share; nil when the graph does not want the symbol. In an mbo record the order's number
    /// stands first and moves the rest.
    private mutating func head(
        _ row: RawSpan, mbo: Bool = false, _ output: inout RowOutput
    ) throws(FaultReason) -> Head? {
        let venue = row.integer(at: 8, as: UInt64.self)
        let received = row.integer(at: mbo ? 40 : 32, as: UInt64.self)
        guard let time = Int64(exactly: venue) ?? Int64(exactly: received) else { throw .notTime("ts_event") }
        let receiveTime = Int64(exactly: received) ?? 0
        let number = row.integer(at: 4, as: UInt32.self)
        guard let slot = names.slot(number, at: receiveTime > 0 ? receiveTime : time, &output) else { return nil }
        return Head(
            slot: slot, symbol: output.index(slot), venueTime: Timestamp(nanoseconds: time),
            receiveTime: Timestamp(nanoseconds: receiveTime),
            action: row.integer(at: mbo ? 38 : 28, as: UInt8.self),
            side: Self.side(row.integer(at: mbo ? 39 : 29, as: UInt8.self)),
            price: Price(billionths: row.integer(at: mbo ? 24 : 16, as: Int64.self)),
            flags: row.integer(at: mbo ? 36 : 30, as: UInt8.self), publisher: row.integer(at: 2, as: UInt16.self))
    }

    /// B is the bid's side and the buyer, A the ask's side and the seller: of a trade the aggressor, else the book's.
    private static func side(_ byte: UInt8) -> Side {
        switch byte {
        case UInt8(ascii: "B"): .buy
        case UInt8(ascii: "A"): .sell
        default: .unknown
        }
    }

    private func marks(_ head: Head) -> MarketEvent.Marks {
        var marks: MarketEvent.Marks = []
        if head.flags & DBNFlag.snapshot != 0 { marks.insert(.snapshot) }
        if head.flags & (DBNFlag.badReceiveTime | DBNFlag.maybeBadBook) != 0 { marks.insert(.doubtful) }
        return marks
    }

    /// A size in units; nil, and counted, when it is off the instrument's step.
    private func size(
        _ row: RawSpan, at offset: Int, _ head: Head, _ output: inout RowOutput
    ) throws(FaultReason) -> Quantity? {
        let units = row.integer(at: offset, as: UInt32.self)
        guard units != .max else { throw .missing("size") }
        return output.quantity(units: Int64(units), head.slot)
    }

    private mutating func emitTrade(
        _ row: RawSpan, _ head: Head, _ kind: DBNRecordKind, _ output: inout RowOutput
    ) throws(FaultReason) -> RowOutcome {
        guard schema != .mixed || countsTrades(of: kind, head.slot) else { return .otherTradeKind }
        guard let quantity = try size(row, at: kind == .mbo ? 32 : 24, head, &output) else { return .offStep }
        var event = MarketEvent.trade(
            symbol: head.symbol, venueTime: head.venueTime, receiveTime: head.receiveTime, price: head.price,
            quantity: quantity)
        event.side = head.side
        event.identifier = UInt64(row.integer(at: kind == .mbo ? 52 : 44, as: UInt32.self))
        event.venue = head.publisher
        event.marks = marks(head)
        output.emit(event)
        return .replayed
    }

    /// A live session may hold one trade as a record of `trades` and again in `mbp-1`: the first kind counts.
    private mutating func countsTrades(of kind: DBNRecordKind, _ slot: Int) -> Bool {
        while tradeKinds.count <= slot { tradeKinds.append(nil) }
        let first = tradeKinds[slot] ?? kind
        tradeKinds[slot] = first
        return first == kind
    }

    private func emitReset(_ head: Head, endsGroup: Bool, _ output: inout RowOutput) {
        var event = MarketEvent(
            .bookReset, symbol: head.symbol, venueTime: head.venueTime, receiveTime: head.receiveTime)
        event.marks = marks(head)
        if endsGroup { event.marks.insert(.lastOfGroup) }
        output.emit(event)
    }

    private func emitQuote(_ top: DBNLevel, _ head: Head, _ output: inout RowOutput) -> Bool {
        guard let bidSize = output.quantity(units: top.bid.units, head.slot),
            let askSize = output.quantity(units: top.ask.units, head.slot)
        else { return false }
        var event = MarketEvent.quote(
            symbol: head.symbol, venueTime: head.venueTime, receiveTime: head.receiveTime, bid: top.bid.price,
            bidSize: bidSize, ask: top.ask.price, askSize: askSize)
        event.marks = marks(head)
        output.emit(event)
        return true
    }

    private func emitLevels(_ changes: [DBNBooks.Change], _ head: Head, _ output: inout RowOutput) {
        var pending: MarketEvent?
        for change in changes {
            guard let quantity = output.quantity(units: change.rung.units, head.slot) else {
                output.counts.offStepLevels += 1
                continue
            }
            if let pending { output.emit(pending) }
            var event = MarketEvent.level(
                symbol: head.symbol, venueTime: head.venueTime, receiveTime: head.receiveTime, side: change.side,
                price: change.rung.price, quantity: quantity, isLastOfGroup: false)
            event.marks = marks(head)
            pending = event
        }
        guard var last = pending else { return }
        last.marks.insert(.lastOfGroup)
        output.emit(last)
    }
}
