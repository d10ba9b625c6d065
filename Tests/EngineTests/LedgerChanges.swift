import Engine
import Market

// Cancels and corrections the slow way: a trade that is taken back is marked with the event that did it, and its
// correction is a trade of its own in the same place.
extension Ledger {
    /// What a cancel was of.
    enum Cancelled {
        /// A trade, by its place.
        case known(Int)
        case unknown, again
    }

    mutating func keep(_ event: MarketEvent, _ trade: Int) {
        guard event.identifier != 0 else { return }
        kept.append((event.identifier, event.venue, trade))
        if kept.count > settings.keptTrades { kept.removeFirst() }
    }

    mutating func takeCancel(_ event: MarketEvent, _ index: Int) {
        guard isInTime(event) else { return }
        let found = find(event, index)
        lastCancel = (index, days.count, found)
        if case .unknown = found { changeUnknown(event, index, by: -1) }
    }

    mutating func takeRestate(_ event: MarketEvent, _ index: Int) {
        guard isInTime(event) else { return }
        // A new session knows nothing of a cancel in the one before.
        let isPair = lastCancel.event == index - 1 && lastCancel.day == days.count
        let found = isPair ? lastCancel.of : find(event, index)
        lastCancel = (-2, 0, .again)
        switch found {
        case .known(let place): putIn(event, index, for: place)
        case .unknown: changeUnknown(event, index, by: 1)
        case .again: break
        }
    }

    private mutating func isInTime(_ event: MarketEvent) -> Bool {
        guard inSession, let day = days.last, day.session.contains(event.venueTime) else { return false }
        good(event.venueTime.nanoseconds)
        return true
    }

    private var isPossible: (MarketEvent) -> Bool {
        { event in
            let (price, quantity) = (event.price.billionths, event.quantity.steps)
            return price > 0 && price <= Price.limit && quantity > 0 && quantity <= Quantity.limit
        }
    }

    /// Volume and trades of the session so far.
    private func sums(_ index: Int) -> (volume: Int64, trades: Int) {
        let session = days.count - 1
        let known = trades.filter { $0.session == session && $0.counts(at: index) && $0.sale.hasVolume }
        let unknown = unknowns.filter { $0.session == session }
        return (
            known.reduce(0) { $0 + $1.quantity } + unknown.reduce(0) { $0 + $1.quantity },
            known.count + unknown.reduce(0) { $0 + ($1.quantity > 0 ? 1 : -1) }
        )
    }

    /// Finds the trade of a name, and takes it back.
    private mutating func find(_ event: MarketEvent, _ index: Int) -> Cancelled {
        let session = days.count - 1
        let place = kept.last {
            $0.identifier == event.identifier && $0.venue == event.venue && trades[$0.trade].session == session
        }?.trade
        guard let place, event.identifier != 0 else { return .unknown }
        guard trades[place].removed == .max else { return .again }
        let isTooMuch = trades[place].sale.hasVolume && trades[place].quantity > sums(index).volume
        trades[place].removed = index
        guard !isTooMuch, let day = days.last else {
            // It stays in the sums: its size was taken already.
            trades[place].removed = .max - 1
            return .again
        }
        let trade = trades[place]
        for width in widths where trade.widths.contains(width) {
            let (start, end) = window(trade.time, width, day.session)
            let isOpen = start == window(now, width, day.session).start
            let starts = closed[width] ?? []
            let isKept = starts.contains(start) && starts.count { $0 > start } < keptBars(width)
            let latest = max(lastGood, window(now, base, day.session).start)
            let isInTime = isKept && end + horizon + grace >= latest && trade.sale.hasVolume
            if isOpen || isInTime { trades[place].removedFrom[width] = index }
        }
        return .known(place)
    }

    private mutating func putIn(_ event: MarketEvent, _ index: Int, for place: Int) {
        guard isPossible(event) else { return count(\.refused) }
        let old = trades[place]
        let sale = event.tape == nil ? old.sale : PlainSale(event)
        let isSigned = sale.isFlow && sale.hasVolume
        var trade = Trade(
            event: index, time: old.time, price: event.price.billionths, quantity: event.quantity.steps,
            sign: isSigned ? old.sign : 0, isInferred: isSigned && old.isInferred, sale: sale, session: old.session,
            order: old.order, base: old.base, isLate: old.isLate)
        trade.opens = old.opens
        for width in old.removedFrom.keys where reaches(trade, width) { trade.widths.insert(width) }
        trades.append(trade)
        keep(event, trades.count - 1)
    }

    /// A window that ended between both halves of a correction has a bar only where bars can still come.
    private func reaches(_ trade: Trade, _ width: Int64) -> Bool {
        guard let day = days.last else { return false }
        let start = window(trade.time, width, day.session).start
        if start == window(now, width, day.session).start { return true }
        let (starts, limit) = (closed[width] ?? [], keptBars(width))
        let younger = starts.count { $0 > start }
        return younger < limit && (starts.contains(start) || younger < starts.count || starts.count < limit)
    }

    private mutating func changeUnknown(_ event: MarketEvent, _ index: Int, by sign: Int64) {
        let sums = sums(index)
        let quantity = event.quantity.steps
        guard isPossible(event), PlainSale(event).hasVolume else { return }
        guard sign > 0 || quantity <= sums.volume && sums.trades > 0 else { return }
        unknowns.append((index, days.count - 1, sign * quantity))
    }
}
