internal import Market

// What a trade's conditions let it do to a bar, and how it is taken out again.
extension Bar {
    /// Adds a trade that has volume as bars shorter than a day see it.
    public mutating func add(_ trade: KeptTrade) {
        let isInferred = trade.method.isInferred
        if trade.effects.contains(.price) {
            add(
                price: trade.price, quantity: trade.quantity, sign: trade.sign, inferred: isInferred, time: trade.time)
        } else {
            addUnpriced(quantity: trade.quantity, sign: trade.sign, inferred: isInferred)
        }
    }

    /// Adds any trade as bars of a day and more see it: one without volume may still set prices.
    public mutating func addToDay(_ trade: KeptTrade) {
        let isFirst = !hasPrice && trade.effects.contains(.dayFirst)
        if trade.effects.contains(.dayPrice) {
            high = max(high, trade.price)
            low = min(low, trade.price)
        }
        if isFirst || trade.effects.contains(.dayOpenClose) {
            open = trade.time < firstTime ? trade.price : open
            firstTime = min(firstTime, trade.time)
            close = trade.time >= lastTime ? trade.price : close
            lastTime = max(lastTime, trade.time)
        }
        guard trade.effects.contains(.volume) else { return }
        if trade.effects.contains(.dayPrice) {
            turnover &+= Int128(trade.price) &* Int128(trade.quantity)
        } else {
            unpriced &+= trade.quantity
        }
        addFlow(quantity: trade.quantity, sign: trade.sign, inferred: trade.method.isInferred)
    }

    /// Takes the sizes of a trade out, or puts those of its correction in: `sign` −1 or +1. Prices stay as they are, and
    /// so do the extremes of delta, which are those of the tape as it came.
    public mutating func change(_ trade: KeptTrade, by sign: Int64, span: BarSpan) {
        guard trade.effects.contains(.volume) else { return }
        let quantity = sign &* trade.quantity
        if trade.effects.contains(span == .minute ? .price : .dayPrice) {
            turnover &+= Int128(trade.price) &* Int128(quantity)
        } else {
            unpriced &+= quantity
        }
        count &+= sign
        volume &+= quantity
        delta &+= Int64(trade.sign) &* quantity
        if trade.sign == 0 {
            neutral &+= quantity
        } else if trade.method.isInferred {
            inferred &+= quantity
        }
    }

    /// Whether taking a trade out may move one of the four prices: it lies at one of their edges.
    public func stands(on trade: KeptTrade, span: BarSpan) -> Bool {
        let isPriced = trade.effects.contains(span == .minute ? .price : .dayPrice)
        if isPriced, trade.price >= high || trade.price <= low { return true }
        // A day's first trade may decide whether others count.
        if span == .day { return true }
        return isPriced && (trade.time <= firstTime || trade.time >= lastTime)
    }

    /// Whether all that the bar holds was looked at.
    public func isWhole(_ prices: WindowPrices) -> Bool { prices.count == count }

    /// Sets the four prices anew.
    public mutating func set(_ prices: WindowPrices) {
        (open, high, low, close) = (prices.open, prices.high, prices.low, prices.close)
        (firstTime, lastTime) = (prices.firstTime, prices.lastTime)
    }
}
