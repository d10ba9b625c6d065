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

    /// Takes the sizes of a trade out, or puts those of its correction in: `sign` −1 or +1. Prices stay as they are,
    /// and so do the extremes of delta, which are those of the tape as it came.
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

    /// Lets the four prices take a trade in, whose place among trades of its own time is not known.
    public mutating func widen(to trade: KeptTrade, span: BarSpan) {
        guard trade.effects.contains(span == .minute ? .price : .dayPrice) else { return }
        high = max(high, trade.price)
        low = min(low, trade.price)
        guard !trade.effects.isDisjoint(with: [.price, .dayOpenClose]) else { return }
        if trade.time < firstTime { (open, firstTime) = (trade.price, trade.time) }
        if trade.time >= lastTime { (close, lastTime) = (trade.price, trade.time) }
    }

    /// Whether all that the bar holds was looked at.
    public func isWhole(_ prices: WindowPrices) -> Bool { prices.count == count }

    /// Sets the four prices anew.
    public mutating func set(_ prices: WindowPrices) {
        (open, high, low, close) = (prices.open, prices.high, prices.low, prices.close)
        (firstTime, lastTime) = (prices.firstTime, prices.lastTime)
    }
}

// Trades that nobody knows any more: sums alone.
extension Bar {
    /// Takes out, or puts in, a size of which nobody knows more than the change says: `sign` −1 or +1. The side stays
    /// open, so that it is taken from the volume without a side, which may fall below zero; buyers and sellers keep
    /// theirs. With a price that it could have had it leaves the mean price too.
    public mutating func changeUnknown(price: Int64, quantity: Int64, by sign: Int64, isPriced: Bool) {
        let change = sign &* quantity
        count &+= sign
        volume &+= change
        neutral &+= change
        if isPriced { turnover &+= Int128(price) &* Int128(change) } else { unpriced &+= change }
    }

    /// Whether a size at a price can have been part of the mean price: without it the mean still lies between low and
    /// high.
    public func mayHold(price: Int64, quantity: Int64) -> Bool {
        guard hasPrice, price >= low, price <= high else { return false }
        let rest = volume &- unpriced &- quantity
        let left = turnover &- Int128(price) &* Int128(quantity)
        return rest >= 0 && left >= Int128(low) &* Int128(rest) && left <= Int128(high) &* Int128(rest)
    }
}
