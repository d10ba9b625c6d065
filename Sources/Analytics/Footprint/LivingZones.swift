internal import Memory
internal import Updates

/// The zones that no trade has gone through yet.
///
/// A trade is compared with two prices: the highest edge below which a zone of buyers breaks, and the lowest from which
/// a zone of sellers does. Only beyond one of them are the zones looked at one by one.
struct LivingZones: Sendable {
    /// Zones that live at once; for one more the oldest ends. The board remembers as many.
    static let limit = Board.zoneLimit

    /// A zone with what its last update will need.
    struct Zone: Plain, Sendable {
        var body: ZoneUpdate
        /// The width that it belongs to, by its place.
        var width: Int
        /// The start of its bar.
        var start: Int64
        var inferredShare: Double
        var flags: UpdateHead.Flags
    }

    /// Oldest first.
    private(set) var all: [Zone] = []
    private var floor = Int64.min
    private var ceiling = Int64.max

    init() { all.reserveCapacity(LivingZones.limit) }

    /// Whether a price may be beyond a zone.
    @inline(__always)
    func mayBreak(_ price: Int64) -> Bool { price < floor || price >= ceiling }

    /// The oldest zone, where there must be room for another.
    mutating func makeRoom() -> Zone? {
        guard all.count == LivingZones.limit else { return nil }
        let oldest = all.removeFirst()
        setBounds()
        return oldest
    }

    mutating func add(_ zone: Zone) {
        precondition(all.count < LivingZones.limit, "There must be room for a zone.")
        all.append(zone)
        setBounds()
    }

    /// The oldest zone that a trade at a price and a venue time goes through, taken out.
    mutating func removeBroken(price: Int64, time: Int64) -> Zone? {
        let broken = all.firstIndex { $0.body.since <= time && $0.body.isBroken(by: price) }
        guard let broken else { return nil }
        let zone = all.remove(at: broken)
        setBounds()
        return zone
    }

    mutating func removeFirst() -> Zone? {
        guard !all.isEmpty else { return nil }
        let zone = all.removeFirst()
        setBounds()
        return zone
    }

    /// Zones whose bar a change of the tape touches, or whose end it would have been, are not found anew: they say so.
    mutating func note(_ change: TapeChange) {
        let time = change.trade.time
        for index in all.indices {
            let isOfBar = time >= all[index].start && time < all[index].body.since
            let wouldBreak = time >= all[index].body.since && all[index].body.isBroken(by: change.trade.price)
            if isOfBar || wouldBreak { all[index].flags.insert(.inputRevised) }
        }
    }

    private mutating func setBounds() {
        floor = .min
        ceiling = .max
        for zone in all {
            if zone.body.isBuy { floor = max(floor, zone.body.low) } else { ceiling = min(ceiling, zone.body.top) }
        }
    }
}

extension LivingZones: Archivable {
    mutating func archive(_ archive: inout Archive) {
        archive.array(&all)
        archive.check(all.count <= LivingZones.limit, "too many zones live")
        if archive.hasRestored { setBounds() }
    }
}
