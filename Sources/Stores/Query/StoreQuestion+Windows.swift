internal import Graph
internal import Market

/// Candles and order flow of any width, added up from what is stored.
extension StoreQuestion {
    /// What a window is shown as.
    enum Shown { case candles, flow }

    func candles(_ shown: Shown) throws -> QueryAnswer {
        let table = shown == .candles ? StoredTables.candles : StoredTables.orderFlow
        let widths = try storedWidths(table)
        let width = query.width.map(DurationText.nanoseconds) ?? widths.first?.nanoseconds ?? 60 * Timestamp.second
        var folds: [WindowFold] = []
        var notes: [String] = []
        if let source = widths.last(where: { width % $0.nanoseconds == 0 }) {
            folds = try foldBars(table, source.text, into: width, shown)
            if source.nanoseconds < width { notes += holes(in: folds, of: source.nanoseconds, source.text) }
        } else {
            guard try reader.span(selection(StoredTables.ticks, ["time"])) != nil else {
                let text = DurationText.text(.nanoseconds(width))
                guard query.width != nil || !widths.isEmpty else {
                    throw QueryError.nothing(table: table.name, symbol: query.symbol)
                }
                throw QueryError.width(text, symbol: query.symbol, stored: widths.map(\.text))
            }
            folds = try foldTicks(into: width)
            notes.append("added up from ticks: whether trades are missing is not known")
        }
        return answer(folds, shown, notes)
    }

    /// The widths of a table in rising order.
    private func storedWidths(_ table: StoredTable) throws -> [(text: String, nanoseconds: Int64)] {
        try reader.texts("width", in: table, of: symbol.id).compactMap { text in
            DurationText.duration(text).map { (text: text, nanoseconds: DurationText.nanoseconds($0)) }
        }.filter { $0.nanoseconds > 0 }.sorted { $0.nanoseconds < $1.nanoseconds }
    }

    // MARK: Reading

    private func foldBars(
        _ table: StoredTable, _ text: String, into width: Int64, _ shown: Shown
    ) throws -> [WindowFold] {
        let own = shown == .candles ? ["open", "high", "low", "close", "vwap"] : ["max_delta", "min_delta", "cvd"]
        let columns = ["start_time", "end_time", "volume", "buy", "sell", "trades", "coverage", "inferred_share"]
        let rows = selection(table, columns + own, ["width": text])
        var folds: [WindowFold] = []
        try reader.forEach(rows) { row in
            guard let start = row[0].integer, let end = row[1].integer else { return }
            var bar = StoredBar(window: start..<max(start, end))
            (bar.volume, bar.buy) = (row[2].integer ?? 0, row[3].integer ?? 0)
            (bar.sell, bar.trades) = (row[4].integer ?? 0, row[5].integer ?? 0)
            (bar.coverage, bar.inferredShare) = (row[6].real, row[7].real)
            switch shown {
            case .candles:
                (bar.open, bar.high) = (row[8].integer, row[9].integer)
                (bar.low, bar.close) = (row[10].integer, row[11].integer)
                bar.meanPrice = row[12].real
            case .flow:
                (bar.maxDelta, bar.minDelta) = (row[8].integer, row[9].integer)
                bar.cumulative = row[10].integer
            }
            let window = sessions.window(width, at: start)
            if folds.last?.window.lowerBound != window.lowerBound { folds.append(WindowFold(window)) }
            folds[folds.count - 1].add(bar)
        }
        guard !folds.isEmpty else { throw try emptiness(rows) }
        return folds
    }

    private func foldTicks(into width: Int64) throws -> [WindowFold] {
        let columns = ["time", "price", "quantity", "side", "inferred", "marks"]
        let rows = selection(StoredTables.ticks, columns)
        let volumeOnly: Int64 = 1 << 5
        var folds: [WindowFold] = []
        try reader.forEach(rows) { row in
            guard let time = row[0].integer, let price = row[1].integer, let quantity = row[2].integer else { return }
            let side = row[3].text
            let trade = StoredTrade(
                price: price, quantity: quantity, sign: side == "buy" ? 1 : side == "sell" ? -1 : 0,
                isInferred: row[4].integer == 1, setsPrice: (row[5].integer ?? 0) & volumeOnly == 0)
            let window = sessions.window(width, at: time)
            if folds.last?.window.lowerBound != window.lowerBound { folds.append(WindowFold(window)) }
            folds[folds.count - 1].add(trade)
        }
        guard !folds.isEmpty else { throw try emptiness(rows) }
        return folds
    }

    // MARK: Showing

    /// A window without a trade has no candle, so a missing part says little; but it must be said.
    private func holes(in folds: [WindowFold], of part: Int64, _ text: String) -> [String] {
        let missing = folds.count { fold in
            Int64(fold.parts) * part < fold.window.upperBound - fold.window.lowerBound
        }
        guard missing > 0 else { return [] }
        return ["\(missing) of \(folds.count) windows lack parts of \(text): no trades, or nothing stored"]
    }

    private func answer(_ folds: [WindowFold], _ shown: Shown, _ notes: [String]) -> QueryAnswer {
        let own = shown == .candles ? ["open", "high", "low", "close"] : ["delta", "max_delta", "min_delta", "cvd"]
        let last = shown == .candles ? "vwap" : "pressure"
        var answer = QueryAnswer(
            ["start_time", "end_time"] + own + ["volume", "buy", "sell", "neutral", "trades", last]
                + ["coverage", "inferred_share"])
        answer.notes = notes
        let gaps = folds.count { $0.coverage.map { $0 < 1 } ?? false }
        if gaps > 0 { answer.notes.append("\(gaps) of \(folds.count) windows have gaps (coverage below 1)") }
        let outside = folds.count { sessions.session(at: $0.window.lowerBound) == nil }
        if outside > 0, query.width != nil {
            answer.notes.append(
                "\(outside) windows lie in no closed session that is stored: they are counted from midnight UTC")
        }
        answer.rows = folds.prefix(query.limit + 1).map { row($0, shown) }
        cut(&answer)
        return answer
    }

    private func row(_ fold: WindowFold, _ shown: Shown) -> [QueryAnswer.Cell] {
        let step = symbol.sizeStep
        let times: [QueryAnswer.Cell] = [.init(time: fold.window.lowerBound), .init(time: fold.window.upperBound)]
        let own: [QueryAnswer.Cell]
        switch shown {
        case .candles: own = [fold.open, fold.high, fold.low, fold.close].map { .init(price: $0) }
        case .flow:
            own = [fold.delta, fold.maxDelta, fold.minDelta, fold.cumulative].map { .init(steps: $0, of: step) }
        }
        let sums = [fold.volume, fold.buy, fold.sell, fold.neutral].map { QueryAnswer.Cell(steps: $0, of: step) }
        let pressure = fold.volume > 0 ? Double(fold.delta) / Double(fold.volume) : nil
        return times + own + sums + [
            .init(count: fold.trades), .init(real: shown == .candles ? fold.meanPrice : pressure),
            .init(real: fold.coverage), .init(real: fold.inferredShare),
        ]
    }
}
