internal import Analytics
internal import Market
internal import Memory

/// A bar of one width in the making, and what was said of its width: all that its end touches, side by side.
struct OpenBar: BitwiseCopyable {
    var bar = OpenBar.never
    /// How many trades it had when it was last shown live.
    var shownCount: Int64 = 0
    /// How many updates each topic of its width has had: they are published side by side.
    var number: UInt64 = 0
    /// How many bars of its width have ended with a trade in them.
    var closed: Int64 = 0

    /// A window that no time reaches.
    static var never: Bar { Bar(start: .distantFuture, end: .distantFuture) }

    /// Begins the next window of the width.
    @inline(__always)
    mutating func begin(_ window: (start: Timestamp, end: Timestamp)) {
        bar = Bar(start: window.start, end: window.end)
        shownCount = 0
    }
}

/// A bar whose window has ended.
struct ClosedBar: BitwiseCopyable {
    var bar: Bar
    /// CVD at the bar's end, in steps.
    var cvd: Int64
    var revision: UInt32
    /// False while the bar waits for its grace to run out.
    var isPublished: Bool

    static let nothing = ClosedBar(
        bar: OpenBar.never, cvd: 0, revision: 0, isPublished: true)
}

/// The last closed bars of every width, kept so that late trades can revise them: a small ring for each width, all in
/// one piece of memory that is taken at the first bar.
struct BarHistories: ~Copyable {
    /// Not private: as the element of cells, a private type stopped the compiler (Swift 6.3.1).
    struct Place: BitwiseCopyable {
        let start: Int
        let limit: Int
        var closed: Int
    }

    private var places: FixedCells<Place>
    private var bars: FixedCells<ClosedBar>
    private let total: Int

    /// The base width stands first, then the wide ones.
    init(_ plan: FlowPlan) {
        let widths = [plan.base] + plan.wides
        places = FixedCells(repeating: Place(start: 0, limit: 0, closed: 0), count: widths.count)
        var start = 0
        for (index, width) in widths.enumerated() {
            places[index] = Place(start: start, limit: width.kept, closed: 0)
            start += width.kept
        }
        total = start
        bars = FixedCells(repeating: .nothing, count: 0)
    }

    /// Whether bars of this width are kept at all.
    func keeps(_ width: Int) -> Bool { places[width].limit > 0 }

    /// How many bars of a width are kept now.
    func count(_ width: Int) -> Int { min(places[width].closed, places[width].limit) }

    /// Keeps a bar; the oldest of its width makes room.
    mutating func append(_ bar: ClosedBar, width: Int) {
        if bars.count == 0 { bars = FixedCells(repeating: .nothing, count: total) }
        bars[cell(width, age: 0, closed: places[width].closed + 1)] = bar
        places[width].closed += 1
    }

    /// A kept bar by age: 0 is the last one closed.
    func bar(_ width: Int, age: Int) -> ClosedBar { bars[cell(width, age: age, closed: places[width].closed)] }

    mutating func set(_ bar: ClosedBar, width: Int, age: Int) {
        bars[cell(width, age: age, closed: places[width].closed)] = bar
    }

    /// Puts a bar in behind the `age` youngest ones; the oldest makes room.
    mutating func insert(_ bar: ClosedBar, width: Int, age: Int) {
        append(bar, width: width)
        for younger in 0..<age { set(self.bar(width, age: younger + 1), width: width, age: younger) }
        set(bar, width: width, age: age)
    }

    private func cell(_ width: Int, age: Int, closed: Int) -> Int {
        let place = places[width]
        precondition(age < place.limit && age < closed, "A bar must be among those that are kept.")
        return place.start + (closed - 1 - age) % place.limit
    }
}
