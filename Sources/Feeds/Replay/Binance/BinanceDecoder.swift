internal import Compression
internal import JSONScan
internal import Market

/// Decodes recorded Binance frames, spot and futures: one per line, with or without the receive time before it.
struct BinanceDecoder: RowDecoder, ~Copyable {
    private enum TradeKind { case trade, aggregate }

    /// A snapshot that came before anything named a symbol.
    private struct EarlySnapshot {
        let line: [UInt8]
    }

    /// The times of the row at hand.
    struct Times {
        var venue: Timestamp
        var receive: Timestamp
    }

    private var scanner = JSONScanner(byteLimit: LineRows<BinanceDecoder>.byteLimit)
    /// By slot.
    private var tradeKinds: [TradeKind?] = []
    private var books: [BinanceBook] = []
    private var early: EarlySnapshot?
    private var levels: [MarketEvent] = []
    /// The venue time read last: where rows without any time stand.
    private var latest = Timestamp(nanoseconds: 0)

    init() {}

    mutating func decode(_ row: RawSpan, into output: inout RowOutput) throws(FaultReason) -> RowOutcome {
        let start = try Self.receiveTime(row)
        guard start.offset < row.byteCount else { return row.byteCount == 0 ? .heading : .notReplayed }
        let root: JSONNode
        do {
            root = try scanner.parse(row.extracting(start.offset..<row.byteCount))
        } catch {
            throw .json(error.description)
        }
        guard scanner.kind(of: root) == .object else { return .notReplayed }
        let frame = BinanceFrame(root, in: scanner)
        let outcome = try decode(frame, received: start.time, row, &output)
        if let early, output.symbols.slots.count == 1 {
            self.early = nil
            replay(early, &output)
        }
        return outcome
    }

    mutating func finish(into output: inout RowOutput) {
        for slot in books.indices {
            output.counts.settle(UInt64(books[slot].takeHeld().count), as: .unsynchronized)
        }
        if early != nil { output.counts.settle(as: .unsynchronized) }
        early = nil
    }

    private mutating func decode(
        _ frame: BinanceFrame, received: Timestamp, _ row: RawSpan, _ output: inout RowOutput
    ) throws(FaultReason) -> RowOutcome {
        guard let kind = frame.kind else {
            if frame.snapshotUpdate != nil { return try snapshot(frame, received, row, &output) }
            let isTicker = frame.bidSize != nil && frame.askSize != nil && frame.symbol != nil
            return isTicker ? try bookTicker(frame, received, &output) : .notReplayed
        }
        if scanner.isText(kind, "bookTicker") { return try bookTicker(frame, received, &output) }
        if scanner.isText(kind, "trade") { return try trade(frame, .trade, received, &output) }
        if scanner.isText(kind, "depthUpdate") { return try depthUpdate(frame, received, &output) }
        if scanner.isText(kind, "aggTrade") { return try trade(frame, .aggregate, received, &output) }
        return .notReplayed
    }

    // MARK: Trades and quotes

    private mutating func trade(
        _ frame: BinanceFrame, _ kind: TradeKind, _ received: Timestamp, _ output: inout RowOutput
    ) throws(FaultReason) -> RowOutcome {
        guard let slot = try slot(frame, &output) else { return .refusedSymbol }
        if let order = frame.orderKind, !scanner.isText(order, "MARKET") { return .notMarketTrade }
        while tradeKinds.count <= slot { tradeKinds.append(nil) }
        if let first = tradeKinds[slot], first != kind { return .otherTradeKind }
        tradeKinds[slot] = kind
        let times = try times(frame, received)
        let price = try decimal(frame.price, "p")
        guard let quantity = output.quantity(billionths: try decimal(frame.size, "q"), slot) else { return .offStep }
        var event = MarketEvent.trade(
            symbol: output.index(slot), venueTime: times.venue, receiveTime: times.receive,
            price: Price(billionths: price), quantity: quantity)
        // `m`: the buyer was the maker, so the seller was the aggressor.
        if let maker = frame.buyerIsMaker, let isMaker = scanner.bool(maker) { event.side = isMaker ? .sell : .buy }
        let number = kind == .trade ? frame.tradeNumber : frame.a
        if let number, let value = scanner.integer(number), value >= 0 { event.identifier = UInt64(value) }
        output.emit(event)
        return .replayed
    }

    private mutating func bookTicker(
        _ frame: BinanceFrame, _ received: Timestamp, _ output: inout RowOutput
    ) throws(FaultReason) -> RowOutcome {
        guard let slot = try slot(frame, &output) else { return .refusedSymbol }
        let times = try times(frame, received)
        let bid = try decimal(frame.b, "b")
        let ask = try decimal(frame.a, "a")
        guard let bidSize = output.quantity(billionths: try decimal(frame.bidSize, "B"), slot),
            let askSize = output.quantity(billionths: try decimal(frame.askSize, "A"), slot)
        else { return .offStep }
        output.emit(
            .quote(
                symbol: output.index(slot), venueTime: times.venue, receiveTime: times.receive,
                bid: Self.side(bid, bidSize), bidSize: bidSize, ask: Self.side(ask, askSize), askSize: askSize))
        return .replayed
    }

    /// A side without orders is written as price 0 and size 0.
    private static func side(_ price: Int64, _ size: Quantity) -> Price {
        price == 0 && size == .zero ? .none : Price(billionths: price)
    }

    // MARK: Book

    private mutating func depthUpdate(
        _ frame: BinanceFrame, _ received: Timestamp, _ output: inout RowOutput
    ) throws(FaultReason) -> RowOutcome {
        guard let slot = try slot(frame, &output) else { return .refusedSymbol }
        let times = try times(frame, received)
        if frame.isPartialBook(in: scanner) { return try partialBook(frame.b, frame.a, slot, times, &output) }
        let change = BinanceBookSequence.Change(
            first: try update(frame.firstUpdate, "U"), last: try update(frame.lastUpdate, "u"),
            previous: try frame.previousUpdate.map { (node) throws(FaultReason) in try update(node, "pu") })
        try readLevels(frame.b, frame.a, slot, times, &output)
        for index in levels.indices { levels[index].identifier = change.last }
        makeBook(slot)
        books[slot].hasChanges = true
        switch books[slot].sequence.receive(change) {
        case .apply:
            emitLevels(levels, &output)
            return .replayed
        case .drop: return .superseded
        case .hold: break
        case .void(let expected, let next):
            voidBook(slot, times, expected: expected, received: next, &output)
        }
        let pushedOut = books[slot].hold(BinanceBook.HeldChange(change: change, levels: levels))
        // This row is counted as held when it returns; settle those that were before it, or itself.
        if pushedOut > 0 { output.counts.settle(UInt64(pushedOut), as: .unsynchronized) }
        return .held
    }

    private mutating func snapshot(
        _ frame: BinanceFrame, _ received: Timestamp, _ row: RawSpan, _ output: inout RowOutput
    ) throws(FaultReason) -> RowOutcome {
        guard let slot = try snapshotSlot(frame, &output) else {
            if output.symbols.slots.count > 1 { throw .ambiguousSnapshot }
            guard output.symbols.slots.isEmpty, frame.stream == nil else { return .refusedSymbol }
            // The first rows of a recording: kept until a row names the symbol.
            if early != nil { output.counts.settle(as: .superseded) }
            early = EarlySnapshot(line: row.withText { text in text.indices.map { text[$0] } })
            return .held
        }
        let times = try times(frame, received)
        if frame.isPartialBook(in: scanner) { return try partialBook(frame.bids, frame.asks, slot, times, &output) }
        let update = try update(frame.snapshotUpdate, "lastUpdateId")
        try readLevels(frame.bids, frame.asks, slot, times, &output)
        makeBook(slot)
        guard books[slot].sequence.receive(snapshot: update) == .take else { return .superseded }
        for index in levels.indices { levels[index].identifier = update }
        emitBook(slot, times, &output)
        offerHeld(slot, times, &output)
        return .replayed
    }

    /// A message of a stream of partial books: the whole book anew, as far as it goes.
    private mutating func partialBook(
        _ bids: JSONNode?, _ asks: JSONNode?, _ slot: Int, _ times: Times, _ output: inout RowOutput
    ) throws(FaultReason) -> RowOutcome {
        makeBook(slot)
        guard !books[slot].hasChanges else { return .notReplayed }
        try readLevels(bids, asks, slot, times, &output)
        emitBook(slot, times, &output)
        return .replayed
    }

    /// After a snapshot the held changes are decided: applied, superseded, or a hole that voids the book again.
    private mutating func offerHeld(_ slot: Int, _ times: Times, _ output: inout RowOutput) {
        for held in books[slot].takeHeld() {
            switch books[slot].sequence.receive(held.change) {
            case .apply:
                output.counts.settle(as: .replayed)
                emitLevels(held.levels, &output)
            case .drop: output.counts.settle(as: .superseded)
            case .hold: _ = books[slot].hold(held)
            case .void(let expected, let received):
                voidBook(slot, times, expected: expected, received: received, &output)
                _ = books[slot].hold(held)
            }
        }
    }

    private func voidBook(
        _ slot: Int, _ times: Times, expected: UInt64, received: UInt64, _ output: inout RowOutput
    ) {
        output.counts.sequenceGaps += 1
        output.emit(
            .gap(
                symbol: output.index(slot), venueTime: times.venue, receiveTime: times.receive, cause: .feed,
                first: expected, last: received == 0 ? 0 : received - 1, count: 0))
        emitReset(slot, times, [.lastOfGroup], &output)
    }

    private func emitReset(
        _ slot: Int, _ times: Times, _ marks: MarketEvent.Marks, _ output: inout RowOutput
    ) {
        var reset = MarketEvent(
            .bookReset, symbol: output.index(slot), venueTime: times.venue, receiveTime: times.receive)
        reset.marks = marks
        output.emit(reset)
    }

    /// Emits the levels just read as a whole book: a reset, then all of them, marked as a snapshot.
    private mutating func emitBook(_ slot: Int, _ times: Times, _ output: inout RowOutput) {
        for index in levels.indices { levels[index].marks.insert(.snapshot) }
        emitReset(slot, times, levels.isEmpty ? [.snapshot, .lastOfGroup] : [.snapshot], &output)
        emitLevels(levels, &output)
    }

    private func emitLevels(_ levels: [MarketEvent], _ output: inout RowOutput) {
        for index in levels.indices {
            var event = levels[index]
            if index == levels.count - 1 { event.marks.insert(.lastOfGroup) }
            output.emit(event)
        }
    }

    private mutating func replay(_ early: EarlySnapshot, _ output: inout RowOutput) {
        let outcome = early.line.withRawBytes { line -> RowOutcome in
            guard let start = try? Self.receiveTime(line),
                let root = try? scanner.parse(line.extracting(start.offset..<line.byteCount))
            else { return .unsynchronized }
            let frame = BinanceFrame(root, in: scanner)
            return (try? snapshot(frame, start.time, line, &output)) ?? .unsynchronized
        }
        output.counts.settle(as: outcome == .held ? .unsynchronized : outcome)
    }
}

// MARK: Fields

extension BinanceDecoder {
    /// The digits before the frame: nanoseconds. 0 where the line has none.
    private static func receiveTime(_ row: RawSpan) throws(FaultReason) -> (time: Timestamp, offset: Int) {
        var offset = 0
        var value: Int64 = 0
        while offset < row.byteCount {
            let byte = row.integer(at: offset, as: UInt8.self)
            guard byte >= 48, byte <= 57 else { break }
            let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = scaled.addingReportingOverflow(Int64(byte - 48))
            guard !overflow, !carry else { throw .notTime("the receive time") }
            value = sum
            offset += 1
        }
        while offset < row.byteCount, [32, 9].contains(row.integer(at: offset, as: UInt8.self)) { offset += 1 }
        return (Timestamp(nanoseconds: value), offset)
    }

    private func slot(_ frame: BinanceFrame, _ output: inout RowOutput) throws(FaultReason) -> Int? {
        guard let symbol = frame.symbol else { throw .missing("s") }
        guard let slot = scanner.withText(symbol, { output.resolve($0) }) else { throw .missing("s") }
        return slot
    }

    /// A snapshot's symbol: its own field, its stream's name, or the only symbol that the file has named.
    private func snapshotSlot(_ frame: BinanceFrame, _ output: inout RowOutput) throws(FaultReason) -> Int? {
        if frame.symbol != nil { return try slot(frame, &output) }
        if let stream = frame.stream {
            return scanner.withText(stream) { name in
                var symbol: [UInt8] = []
                for index in name.indices {
                    let byte = name[index]
                    if byte == UInt8(ascii: "@") { break }
                    symbol.append((97...122).contains(byte) ? byte - 32 : byte)
                }
                return output.resolve(symbol.span)
            } ?? nil
        }
        guard output.symbols.slots.count == 1, output.select(0) else { return nil }
        return 0
    }

    /// The exchange's transaction time, else its event time, else (spot's `bookTicker` and snapshots have none) when it
    /// was received, else the latest time read.
    private mutating func times(
        _ frame: BinanceFrame, _ received: Timestamp
    ) throws(FaultReason) -> Times {
        if let node = frame.transactionTime ?? frame.eventTime {
            guard let value = scanner.integer(node), let time = EpochTime.guessed(value) else { throw .notTime("T") }
            latest = time
            return Times(venue: time, receive: received)
        }
        if received.nanoseconds > 0 {
            latest = received
            return Times(venue: received, receive: received)
        }
        guard latest.nanoseconds > 0 else { throw .missing("T") }
        return Times(venue: latest, receive: received)
    }

    private func decimal(_ node: JSONNode?, _ name: StaticString) throws(FaultReason) -> Int64 {
        guard let node else { throw .missing("\(name)") }
        if let value = scanner.withText(node, { DecimalText.billionths($0) }) {
            guard let value else { throw .notDecimal("\(name)") }
            return value
        }
        let (value, overflow) = (scanner.integer(node) ?? .max).multipliedReportingOverflow(by: Price.scale)
        guard !overflow else { throw .notDecimal("\(name)") }
        return value
    }

    private func update(_ node: JSONNode?, _ name: StaticString) throws(FaultReason) -> UInt64 {
        guard let node else { throw .missing("\(name)") }
        guard let value = scanner.integer(node), value >= 0 else { throw .notNumber("\(name)") }
        return UInt64(value)
    }

    private mutating func makeBook(_ slot: Int) {
        while books.count <= slot { books.append(BinanceBook()) }
    }

    /// Reads bids and asks into `levels`; a level with a size off its step is left out and counted.
    private mutating func readLevels(
        _ bids: JSONNode?, _ asks: JSONNode?, _ slot: Int, _ times: Times, _ output: inout RowOutput
    ) throws(FaultReason) {
        levels.removeAll(keepingCapacity: true)
        try readSide(bids, .buy, slot, times, &output)
        try readSide(asks, .sell, slot, times, &output)
    }

    private mutating func readSide(
        _ node: JSONNode?, _ side: Side, _ slot: Int, _ times: Times, _ output: inout RowOutput
    ) throws(FaultReason) {
        guard let node, scanner.kind(of: node) == .array else { throw .missing(side == .buy ? "b" : "a") }
        let symbol = output.index(slot)
        var cursor = scanner.walk(node)
        while let element = scanner.nextElement(&cursor) {
            guard let pair = scanner.pair(element) else { throw .missing("a level's price and size") }
            let price = try decimal(pair.first, "a level's price")
            guard let quantity = output.quantity(billionths: try decimal(pair.second, "a level's size"), slot) else {
                output.counts.offStepLevels += 1
                continue
            }
            levels.append(
                .level(
                    symbol: symbol, venueTime: times.venue, receiveTime: times.receive, side: side,
                    price: Price(billionths: price), quantity: quantity, isLastOfGroup: false))
        }
    }
}
