internal import Market
internal import Memory

/// One uninterrupted stay at a price: what was executed there, what was shown, and how often it came back.
///
/// The shown size and the trades that change it come in either order. A trade lowers what is expected to be shown; a
/// size above that is a rise. What was executed explains a rise that comes at most `within` after the last trade, up
/// to the largest size shown at once: an iceberg puts back no more than it had shown, however slowly that was taken.
/// Where sizes come first, a fall that no trade explains yet waits as long for trades of its size, and a rise behind it
/// for the trade that then turns out to have been in front of it.
struct IcebergStay: Plain, Sendable {
    var tranches: Tranches
    private let within: Int64
    private let idle: Int64
    /// What would be shown if nothing was added, steps; none before a size was seen.
    private var expected: Int64?
    /// Executed volume that no rise has answered, not above the largest size shown, and the time of the last trade.
    private var owed: Int64 = 0
    private var owedTime = Int64.min
    /// Fallen volume that no trade explains, and when it fell.
    private var fallen: Int64 = 0
    private var fallTime = Int64.min
    /// The last rise as far as no trade explains it, and when it came.
    private var risen: Int64 = 0
    private var riseTime = Int64.min
    /// While nothing is shown at the price, or a better price is: since when.
    private var awaySince: Int64?
    private var isBehind = false

    static var bounds: [PlainBound] {
        .part(\Self.tranches) + [.optional(\Self.expected), .optional(\Self.awaySince), .flag(\Self.isBehind)]
    }

    /// `shown` is what stands there now; none where nobody knows. `fall` is what went from there just before the trade.
    init(_ tranches: Tranches, rule: IcebergRule, shown: Int64?, fall: SizeFall?) {
        self.tranches = tranches
        (within, idle) = (rule.within, rule.idle)
        expected = shown ?? fall.map { $0.size - $0.amount }
        self.tranches.shown = max(expected ?? 0, fall?.size ?? 0)
        guard let fall, let now = expected else { return }
        (fallen, fallTime) = (fall.amount, fall.time)
        if now == 0 { awaySince = fall.time }
        // It has come back already.
        (risen, riseTime) = (max(0, now - (fall.size - fall.amount)), fall.time)
        self.tranches.added = risen
    }

    /// From here on the stay is over.
    var due: Int64 {
        let still = IcebergStay.after(tranches.lastTime, idle)
        return min(still, awaySince.map { IcebergStay.after($0, within) } ?? still)
    }

    /// Why it is over when `due` has come.
    var end: IcebergEnd {
        guard let since = awaySince, IcebergStay.after(since, within) == due else { return .idle }
        return isBehind ? .left : fallen > 0 ? .cancelled : .filled
    }

    /// A trade against this side at this price.
    mutating func execute(_ trade: borrowing Trade) {
        tranches.execute(trade.quantity, time: trade.time, number: trade.number, isInferred: trade.isInferred)
        let matched = isRecent(fallTime, trade.time) ? min(trade.quantity, fallen) : 0
        fallen -= matched
        if let shown = expected { expected = max(0, shown - (trade.quantity - matched)) }
        owed = min(Tranches.sum(owed, trade.quantity), tranches.shown)
        owedTime = trade.time
        // Sizes run ahead of trades: a rise may have been the answer to this one.
        if matched > 0, risen > 0, isRecent(riseTime, trade.time) {
            let explained = min(risen, owed)
            tranches.added -= explained
            refill(explained)
            risen = 0
        }
    }

    /// The price shows this size, which may be 0.
    mutating func show(_ size: Int64, at time: Int64) {
        if size > 0 {
            (awaySince, isBehind) = (nil, false)
        } else if awaySince == nil || isBehind {
            (awaySince, isBehind) = (time, false)
        }
        tranches.shown = max(tranches.shown, size)
        if let before = expected { change(from: before, to: size, at: time) }
        expected = size
    }

    /// A better price is shown; what this one shows is not known.
    mutating func hide(at time: Int64) {
        guard awaySince == nil else { return }
        (awaySince, isBehind) = (time, true)
    }

    private mutating func change(from before: Int64, to size: Int64, at time: Int64) {
        if size < before {
            fallen = (isRecent(fallTime, time) ? fallen : 0) + before - size
            fallTime = time
        } else if size > before {
            let explained = isRecent(owedTime, time) ? min(size - before, owed) : 0
            if explained > 0 { refill(explained) }
            risen = size - before - explained
            riseTime = time
            tranches.add(risen)
        }
    }

    private mutating func refill(_ size: Int64) {
        tranches.refills += 1
        tranches.signs.insert(.refilled)
        owed -= size
    }

    private func isRecent(_ past: Int64, _ time: Int64) -> Bool { past != .min && time &- past <= within }

    /// The first instant that lies further behind `time` than `pause`.
    private static func after(_ time: Int64, _ pause: Int64) -> Int64 { time &+ pause &+ 1 }
}

/// A fall of a price's shown size, from `size` by `amount`.
struct SizeFall: Plain, Sendable {
    var price = Price.none.billionths
    var size: Int64 = 0
    var amount: Int64 = 0
    var time: Int64 = 0
}
