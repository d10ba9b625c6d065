/// How the value area and the point of control are found; the presets reproduce other tools (definitions §6).
public struct ValueAreaRule: Hashable, Sendable {
    /// How many rows are taken in at a time.
    public enum Expansion: String, CaseIterable, Sendable { case twoRow, oneRow }
    /// When the area is large enough: at its share of the volume, or only beyond it.
    public enum Stop: String, CaseIterable, Sendable { case atLeast, beyond }
    /// Which side is taken where both are worth the same.
    public enum Tie: String, CaseIterable, Sendable { case above, below }
    /// Which of several rows of the same largest volume is the point of control: the one closest to the middle of the
    /// range and then the lower, the lowest, or the highest.
    public enum ControlTie: String, CaseIterable, Sendable { case middle, low, high }

    /// The share of the volume in millionths, above 0 and up to a million.
    public let shareInMillionths: Int64
    public let expansion: Expansion
    public let stop: Stop
    public let tie: Tie
    public let controlTie: ControlTie

    /// Dalton, Steidlmayer and the Chicago Board of Trade as Linnsoft and MyPivots have it.
    public static let standard = ValueAreaRule(
        shareInMillionths: 700_000, expansion: .twoRow, stop: .atLeast, tie: .above, controlTie: .middle)
    /// Lean's: one row at a time, one step further on exact equality.
    public static let lean = ValueAreaRule(
        shareInMillionths: 700_000, expansion: .oneRow, stop: .beyond, tie: .above, controlTie: .middle)
    /// That of the throughput work orderflow-v1.
    public static let orderflow = ValueAreaRule(
        shareInMillionths: 700_000, expansion: .oneRow, stop: .atLeast, tie: .above, controlTie: .low)

    public init(shareInMillionths: Int64, expansion: Expansion, stop: Stop, tie: Tie, controlTie: ControlTie) {
        precondition(shareInMillionths > 0 && shareInMillionths <= 1_000_000, "A share must be above 0 and up to 1.")
        self.shareInMillionths = shareInMillionths
        self.expansion = expansion
        self.stop = stop
        self.tie = tie
        self.controlTie = controlTie
    }

    /// The least volume at which expansion stops, exactly: the share of `total`, rounded up, or the next above it.
    func target(_ total: Int64) -> Int64 {
        // The total in two parts, so that no product leaves 64 bits.
        let (millions, rest) = total.quotientAndRemainder(dividingBy: 1_000_000)
        let (whole, fraction) = (rest * shareInMillionths).quotientAndRemainder(dividingBy: 1_000_000)
        let floor = millions * shareInMillionths + whole
        switch stop {
        case .atLeast: return fraction > 0 ? floor + 1 : floor
        case .beyond: return floor + 1
        }
    }
}

/// The point of control and the rows around it that hold most of the volume, as row numbers.
public struct ValueArea: Equatable, Sendable {
    public let control: Int64
    public let low: Int64
    public let high: Int64
    public let controlVolume: Int64
    /// The volume from `low` to `high`.
    public let volume: Int64

    /// The area of contiguous rows, numbered from 0; nil where they hold nothing. The empty rows at the ends are no
    /// part of the range. `held` stays the point of control as long as no row has strictly more: it keeps a developing
    /// profile from flickering between equal rows.
    public static func of(_ rows: Span<Int64>, rule: ValueAreaRule, held: Int? = nil) -> ValueArea? {
        var total: Int64 = 0
        for index in 0..<rows.count { total &+= rows[index] }
        return of(rows, total: total, rule: rule, held: held)
    }

    /// The same where the sum of all rows is known already.
    static func of(_ rows: Span<Int64>, total: Int64, rule: ValueAreaRule, held: Int?) -> ValueArea? {
        var scan = Scan(rows, total: total)
        guard scan.most > 0 else { return nil }
        let control = scan.control(rows, rule.controlTie, held)
        let target = rule.target(scan.total)
        switch rule.expansion {
        case .oneRow: scan.growByOne(rows, from: control, to: target, rule.tie)
        case .twoRow: scan.growByTwo(rows, from: control, to: target, rule.tie)
        }
        return ValueArea(
            control: Int64(control), low: Int64(scan.low), high: Int64(scan.high), controlVolume: scan.most,
            volume: scan.volume)
    }

    func moved(by rows: Int64) -> ValueArea {
        ValueArea(
            control: control + rows, low: low + rows, high: high + rows, controlVolume: controlVolume, volume: volume)
    }
}

extension VolumeProfile {
    /// The value area in row numbers, `lowerEdge(ofRow:)` gives their prices; nil where nothing was traded. `held` is
    /// the row that was the point of control so far, where it shall stay until another has strictly more.
    public func valueArea(_ rule: ValueAreaRule, held: Int64? = nil) -> ValueArea? {
        let first = lowestRow
        return withRows { rows in
            ValueArea.of(rows, total: total, rule: rule, held: held.map { Int(clamping: $0 &- first) })?.moved(
                by: first)
        }
    }
}

/// One pass over the rows, and the area that grows in them.
private struct Scan {
    private let first: Int
    private let last: Int
    let total: Int64
    let most: Int64
    private let lowestOfMost: Int
    private(set) var low = 0
    private(set) var high = 0
    private(set) var volume: Int64 = 0

    init(_ rows: Span<Int64>, total: Int64) {
        var most: Int64 = 0
        var lowestOfMost = 0
        for index in 0..<rows.count {
            let volume = rows[index]
            // A new maximum is rare enough to be a branch that is guessed right.
            if _slowPath(volume > most) { (most, lowestOfMost) = (volume, index) }
        }
        var first = 0
        var last = rows.count - 1
        while first < last, rows[first] == 0 { first += 1 }
        while last > first, rows[last] == 0 { last -= 1 }
        self.first = first
        self.last = last
        self.total = total
        self.most = most
        self.lowestOfMost = lowestOfMost
    }

    func control(_ rows: Span<Int64>, _ tie: ValueAreaRule.ControlTie, _ held: Int?) -> Int {
        if let held, held >= first, held <= last, rows[held] == most { return held }
        switch tie {
        case .low: return lowestOfMost
        case .high:
            var index = last
            while rows[index] != most { index -= 1 }
            return index
        case .middle:
            return closestToMiddle(rows)
        }
    }

    /// Looks from the middle outwards, downwards first.
    private func closestToMiddle(_ rows: Span<Int64>) -> Int {
        var below = (first + last) / 2
        var above = (first + last + 1) / 2
        while rows[below] != most {
            if rows[above] == most { return above }
            below -= 1
            above += 1
        }
        return below
    }

    private mutating func begin(_ control: Int) {
        low = control
        high = control
        volume = most
    }

    mutating func growByOne(_ rows: Span<Int64>, from control: Int, to target: Int64, _ tie: ValueAreaRule.Tie) {
        begin(control)
        while volume < target, low > first, high < last {
            let above = rows[high &+ 1]
            let below = rows[low &- 1]
            // By arithmetic: which side is larger cannot be guessed, and a wrong guess costs more than the step.
            let up = above > below || above == below && tie == .above ? 1 : 0
            volume &+= below &+ (above &- below) &* Int64(up)
            high &+= up
            low &-= 1 &- up
        }
        growOnOneSide(rows, to: target, step: 1)
    }

    mutating func growByTwo(_ rows: Span<Int64>, from control: Int, to target: Int64, _ tie: ValueAreaRule.Tie) {
        begin(control)
        while volume < target, low > first, high < last {
            let up = min(2, last - high)
            let down = min(2, low - first)
            let above = rows[high + 1] &+ (up == 2 ? rows[high + 2] : 0)
            let below = rows[low - 1] &+ (down == 2 ? rows[low - 2] : 0)
            if above > below || above == below && tie == .above {
                volume &+= above
                high += up
            } else {
                volume &+= below
                low -= down
            }
        }
        growOnOneSide(rows, to: target, step: 2)
    }

    /// Goes on where one side is exhausted.
    private mutating func growOnOneSide(_ rows: Span<Int64>, to target: Int64, step: Int) {
        while volume < target, high < last {
            for _ in 0..<min(step, last - high) {
                high += 1
                volume &+= rows[high]
            }
        }
        while volume < target, low > first {
            for _ in 0..<min(step, low - first) {
                low -= 1
                volume &+= rows[low]
            }
        }
    }
}
