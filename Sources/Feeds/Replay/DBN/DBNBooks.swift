internal import Compression
internal import Market

/// One side of one level, as a record has it. A side without orders has no price.
struct DBNRung: Equatable {
    var price = Price.none
    /// 0 where the record has none.
    var size: UInt32 = 0

    var units: Int64 { price.isNone || size == .max ? 0 : Int64(size) }
}

/// One level of a record of mbp-1 or mbp-10: 32 bytes. Counts of orders are left out.
struct DBNLevel: Equatable {
    let bid: DBNRung
    let ask: DBNRung

    init(_ row: RawSpan, at offset: Int) {
        bid = DBNRung(
            price: Price(billionths: row.integer(at: offset, as: Int64.self)),
            size: row.integer(at: offset + 16, as: UInt32.self))
        ask = DBNRung(
            price: Price(billionths: row.integer(at: offset + 8, as: Int64.self)),
            size: row.integer(at: offset + 20, as: UInt32.self))
    }
}

/// The last levels told of each symbol, to tell only what changed.
struct DBNBooks {
    static let depth = 10
    private static let firstLevel = 48
    private static let levelSize = 32

    /// A level whose size is now another one; 0 units where it is gone.
    struct Change: Equatable {
        let side: Side
        let rung: DBNRung
    }

    /// By slot; nil before the first.
    private var tops: [DBNLevel?] = []
    /// By slot: ten bids, then ten asks.
    private var rungs: [DBNRung] = []

    /// Remembers a symbol's best prices; false when they are the same as before.
    mutating func setTop(_ top: DBNLevel, of slot: Int) -> Bool {
        while tops.count <= slot { tops.append(nil) }
        guard tops[slot] != top else { return false }
        tops[slot] = top
        return true
    }

    mutating func clear(_ slot: Int) {
        makeRoom(slot)
        for place in slot * 2 * Self.depth..<(slot + 1) * 2 * Self.depth { rungs[place] = DBNRung() }
    }

    /// Takes over a record's ten levels and returns what changed: first what is gone, then what is new or different.
    ///
    /// A level that better ones pushed out of the ten is gone too: the recording says nothing of it any more.
    mutating func change(_ slot: Int, to row: RawSpan) -> [Change] {
        makeRoom(slot)
        var changes: [Change] = []
        var additions: [Change] = []
        for side in [Side.buy, .sell] {
            let start = slot * 2 * Self.depth + (side == .buy ? 0 : Self.depth)
            var fresh: [DBNRung] = []
            var isSame = true
            for place in 0..<Self.depth {
                let level = DBNLevel(row, at: Self.firstLevel + place * Self.levelSize)
                let rung = side == .buy ? level.bid : level.ask
                isSame = isSame && rungs[start + place] == rung
                fresh.append(rung)
            }
            if isSame { continue }
            for old in rungs[start..<start + Self.depth] where !old.price.isNone {
                if !fresh.contains(where: { $0.price == old.price }) {
                    changes.append(Change(side: side, rung: DBNRung(price: old.price, size: 0)))
                }
            }
            for rung in fresh where !rung.price.isNone {
                if !rungs[start..<start + Self.depth].contains(rung) {
                    additions.append(Change(side: side, rung: rung))
                }
            }
            for place in 0..<Self.depth { rungs[start + place] = fresh[place] }
        }
        return changes + additions
    }

    private mutating func makeRoom(_ slot: Int) {
        let needed = (slot + 1) * 2 * Self.depth
        while rungs.count < needed { rungs.append(DBNRung()) }
    }
}
