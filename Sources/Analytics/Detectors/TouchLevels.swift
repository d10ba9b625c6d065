internal import Market
internal import Memory

/// A row of prices that a trade may meet: a low-volume node, or a point of control that no trade has met yet.
struct TouchLevel: Plain, Equatable, Sendable {
    /// The row's prices [low, high), billionths.
    var low: Int64
    var high: Int64
    /// The session that made it, counted from the first one seen.
    var session: Int
    var node: TouchNode
    /// Whether the next trade in it is told: a node must first be left again.
    var isArmed: Bool

    static var bounds: [PlainBound] { [.choice(\Self.node), .flag(\Self.isArmed)] }

    func holds(_ price: Int64) -> Bool { price >= low && price < high }

    /// Whether the price jumped over it.
    func isCrossed(from last: Int64, to price: Int64) -> Bool {
        (last < low && price >= high) || (last >= high && price < low)
    }
}

/// A level that a trade has met.
struct TouchMeeting: BitwiseCopyable, Equatable, Sendable {
    var level: TouchLevel
    var approach: TouchApproach
    var isThrough: Bool
}

/// All levels that a trade may meet, and the prices between which none of them has anything to say.
///
/// As long as the price stays in that stretch a trade costs two comparisons; when it leaves it, all levels are looked
/// at.
struct TouchLevels: Sendable {
    /// Nodes kept of either profile: the lowest ones. A profile of so many is noise.
    static let nodeLimit = 256

    /// How far below or above a node's row it counts as left, billionths.
    let leave: Int64
    let tick: Int64
    /// Points of control from the oldest on, then the nodes of the session before.
    private(set) var kept: [TouchLevel] = []
    /// Nodes of the session that runs.
    private(set) var developing: [TouchLevel] = []
    /// What the last `meet` found.
    private(set) var meetings: [TouchMeeting] = []
    /// The stretch [floor, ceiling) in which nothing happens; empty before a price is known.
    private(set) var floor = Int64.max
    private(set) var ceiling = Int64.min

    init(leave: Int64, tick: Int64) {
        self.leave = leave
        self.tick = tick
    }

    func isQuiet(_ price: Int64) -> Bool { price >= floor && price < ceiling }

    // MARK: Levels

    /// Begins a session, `session` by count, and lets go of what is older than `lookback` sessions.
    mutating func open(session: Int, lookback: Int) {
        kept.removeAll { $0.node == .lowNode || session - $0.session > lookback }
        developing.removeAll(keepingCapacity: true)
        unsettle()
    }

    /// Takes what the session before has left; its point of control is new where it has traded.
    mutating func take(_ area: AreaReading, _ nodes: [Int64], session: Int, isNew: Bool) {
        if isNew, !kept.contains(where: { $0.low == area.control }) {
            kept.append(TouchLevels.level(area.control, area.rowHeight, session - 1, .nakedControl))
        }
        for node in nodes.prefix(TouchLevels.nodeLimit) {
            kept.append(TouchLevels.level(node, area.rowHeight, session - 1, .lowNode))
        }
    }

    /// Takes over the nodes as they are now. One that is new is told once the price has been away from it.
    mutating func develop(_ nodes: [Int64], rowHeight: Int64, session: Int, last: Int64?) {
        let isSame =
            nodes.prefix(TouchLevels.nodeLimit).elementsEqual(developing) { node, level in
                level.low == node && level.high == node &+ rowHeight
            }
        guard !isSame else { return }
        developing = nodes.prefix(TouchLevels.nodeLimit).map { node in
            var level = TouchLevels.level(node, rowHeight, session, .lowNode)
            if let known = developing.first(where: { $0.low == level.low && $0.high == level.high }) { return known }
            level.isArmed = last.map { isLeft(level, at: $0) } ?? true
            return level
        }
        if let last { settle(at: last) } else { unsettle() }
    }

    private static func level(_ low: Int64, _ height: Int64, _ session: Int, _ node: TouchNode) -> TouchLevel {
        TouchLevel(low: low, high: low &+ height, session: session, node: node, isArmed: true)
    }

    // MARK: Prices

    /// Finds what a trade meets; `last` is the price of the session's trade before it.
    mutating func meet(_ price: Int64, last: Int64?) {
        meetings.removeAll(keepingCapacity: true)
        var place = 0
        for level in kept {
            var level = level
            guard meet(price, last, &level) else { continue }
            kept[place] = level
            place += 1
        }
        kept.removeSubrange(place...)
        for index in developing.indices {
            var level = developing[index]
            _ = meet(price, last, &level)
            developing[index] = level
        }
        settle(at: price)
    }

    /// Notes a meeting and sets what follows for the level; whether it is kept.
    private mutating func meet(_ price: Int64, _ last: Int64?, _ level: inout TouchLevel) -> Bool {
        let isIn = level.holds(price)
        guard level.isArmed else {
            level.isArmed = isLeft(level, at: price)
            return true
        }
        let isThrough = level.node == .nakedControl && (last.map { level.isCrossed(from: $0, to: price) } ?? false)
        guard isIn || isThrough else { return true }
        let approach = last.map { $0 < level.low ? TouchApproach.fromBelow : .fromAbove } ?? .none
        meetings.append(TouchMeeting(level: level, approach: approach, isThrough: isThrough))
        level.isArmed = false
        return level.node == .lowNode
    }

    private func isLeft(_ level: TouchLevel, at price: Int64) -> Bool {
        price >= upperExit(level) || price <= level.low &- leave
    }

    /// The lowest price above a row that has left it: its uppermost tick and `leave`.
    private func upperExit(_ level: TouchLevel) -> Int64 { level.high &- tick &+ leave }

    private mutating func unsettle() {
        floor = .max
        ceiling = .min
    }

    private mutating func settle(at price: Int64) {
        floor = .min
        ceiling = .max
        for level in kept { narrow(level, price) }
        for level in developing { narrow(level, price) }
    }

    private mutating func narrow(_ level: TouchLevel, _ price: Int64) {
        if !level.isArmed {
            ceiling = min(ceiling, upperExit(level))
            floor = max(floor, level.low &- leave &+ 1)
        } else if price < level.low {
            ceiling = min(ceiling, level.low)
        } else {
            floor = max(floor, level.high)
        }
    }
}

extension TouchLevels: Archivable {
    mutating func archive(_ archive: inout Archive) {
        archive.array(&kept)
        archive.array(&developing)
        archive.values(&floor, &ceiling)
    }
}
