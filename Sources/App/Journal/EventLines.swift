internal import Journal
internal import Market
internal import Updates
internal import Wire

/// Events as lines: every price and size an exact decimal.
struct EventLines: RecordLines {
    /// In the order of the columns.
    private static let columns = [
        "position", "sequence", "kind", "symbol", "venueTime", "receiveTime", "side", "marks", "variant", "price",
        "size",
        "bid", "bidSize", "ask", "askSize", "identifier", "conditions", "venue", "first", "last", "count",
    ]
    /// Columns that are texts in JSON.
    private static let texts: Set<String> = ["kind", "symbol", "venueTime", "receiveTime", "side"]

    private let choice: JournalExport.Choice
    private let isCSV: Bool
    private var symbols: [UInt32: SymbolDefinition] = [:]
    private var known: [JournalDefinition] = []

    init(_ choice: JournalExport.Choice) {
        self.choice = choice
        isCSV = choice.format == .csv
    }

    var header: [UInt8] { isCSV ? Array((EventLines.columns.joined(separator: ",") + "\n").utf8) : [] }

    mutating func learn(_ definitions: [JournalDefinition]) {
        guard definitions != known else { return }
        known = definitions
        symbols = [:]
        for definition in definitions where definition.kind == .symbol {
            symbols[definition.key] = SymbolDefinition(definition.bytes)
        }
    }

    func append(_ records: RawSpan, from first: UInt64, to output: inout [UInt8]) {
        for index in 0..<records.byteCount / 64 {
            let event = RecordReader.event(in: records, at: index)
            let symbol = symbols[event.symbol]
            guard choice.takes(event.venueTime), choice.symbol == nil || choice.symbol == symbol?.name else { continue }
            let values = values(of: event, position: first + UInt64(index), symbol)
            output += (isCSV ? EventLines.row(values) : EventLines.object(values)).utf8
            output.append(UInt8(ascii: "\n"))
        }
    }

    private static func row(_ values: [String: String]) -> String {
        columns.map { column in
            let text = values[column] ?? ""
            return text.contains { ",\"\n".contains($0) } ? "\"\(text.replacing("\"", with: "\"\""))\"" : text
        }.joined(separator: ",")
    }

    private static func object(_ values: [String: String]) -> String {
        let members = columns.compactMap { column in
            values[column].map { "\"\(column)\":\(texts.contains(column) ? JSONText.quoted($0) : $0)" }
        }
        return "{\(members.joined(separator: ","))}"
    }

    /// The columns that an event fills, by name.
    private func values(of event: MarketEvent, position: UInt64, _ symbol: SymbolDefinition?) -> [String: String] {
        var values = [
            "position": String(position), "sequence": String(event.sequence),
            "kind": event.kind.map { "\($0)" } ?? "unknown",
            "symbol": symbol?.name ?? "#\(event.symbol)", "venueTime": event.venueTime.description,
        ]
        if event.receiveTime.nanoseconds > 0 { values["receiveTime"] = event.receiveTime.description }
        if event.hasSide { values["side"] = "\(event.side)" }
        if event.marks.rawValue != 0 { values["marks"] = String(event.marks.rawValue) }
        if event.variant != 0 { values["variant"] = String(event.variant) }
        let step = symbol?.sizeStep ?? Instrument.defaultSizeStep
        switch event.kind {
        case .quote:
            values["bid"] = EventLines.text(event.bid)
            values["bidSize"] = EventLines.text(event.bidSize, step)
            values["ask"] = EventLines.text(event.ask)
            values["askSize"] = EventLines.text(event.askSize, step)
        case .trade, .level, .order, .cancel, .restate: fill(&values, event, step)
        case .gap:
            values["first"] = String(event.gapFirst)
            values["last"] = String(event.gapLast)
            values["count"] = String(event.gapCount)
        case .control: values["identifier"] = String(event.controlIndex)
        case .status, .bookReset, .clock, nil: break
        }
        return values
    }

    private func fill(_ values: inout [String: String], _ event: MarketEvent, _ step: Int64) {
        values["price"] = EventLines.text(event.price)
        values["size"] = EventLines.text(event.quantity, step)
        if event.kind == .level { return }
        if event.marks.contains(.touch) {
            values["bid"] = EventLines.text(event.touchBid)
            values["ask"] = EventLines.text(event.touchAsk)
            return
        }
        if event.identifier != 0 { values["identifier"] = String(event.identifier) }
        if event.kind == .order { return }
        if event.conditions != 0 { values["conditions"] = String(event.conditions) }
        if event.venue != 0 { values["venue"] = String(event.venue) }
    }

    private static func text(_ price: Price) -> String? { price.isNone ? nil : price.description }

    private static func text(_ quantity: Quantity, _ step: Int64) -> String {
        DecimalText.text(billionths: Int128(quantity.steps) * Int128(step))
    }
}
