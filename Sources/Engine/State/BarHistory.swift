internal import Analytics
internal import Market
internal import Memory
internal import Updates

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
    /// What must be said of it since the tape was changed.
    var flags: UpdateHead.Flags = []
    /// A change of the tape is in it that is not yet published.
    var isChanged = false

    static let nothing = ClosedBar(
        bar: OpenBar.never, cvd: 0, revision: 0, isPublished: true)
}

/// The last closed bars of every width, kept so that late trades can revise them: a small ring for each width, all in
/// memory that is taken at the first bar; none where no width keeps any.
struct BarHistories: ~Copyable {
    /// Not private: as the element of cells, a private type stopped the compiler (Swift 6.3.1).
    struct Place: BitwiseCopyable {
        let start: Int
        let limit: Int
        var closed: Int
    }

    private let plan: FlowPlan
    /// The base width stands first, then the wide ones; empty until the first bar.
    private var places = FixedCells(repeating: Place(start: 0, limit: 0, closed: 0), count: 0)
    private var bars = FixedCells(repeating: ClosedBar.nothing, count: 0)

    init(_ plan: FlowPlan) { self.plan = plan }

    /// Whether bars of this width are kept at all.
    func keeps(_ width: Int) -> Bool { limit(width) > 0 }

    /// How many bars of a width are kept now.
    func count(_ width: Int) -> Int { places.count == 0 ? 0 : min(places[width].closed, places[width].limit) }

    /// Keeps a bar; the oldest of its width makes room.
    mutating func append(_ bar: ClosedBar, width: Int) {
        if places.count == 0 { takeMemory() }
        bars[cell(width, age: 0, closed: places[width].closed + 1)] = bar
        places[width].closed += 1
    }

    /// As `append`, of a bar that has been published: put together in its place.
    @inline(__always)
    mutating func append(_ bar: borrowing Bar, cvd: Int64, flags: UpdateHead.Flags, width: Int) {
        if places.count == 0 { takeMemory() }
        let cell = cell(width, age: 0, closed: places[width].closed + 1)
        bars[cell].bar = copy bar
        bars[cell].cvd = cvd
        bars[cell].revision = 0
        bars[cell].flags = flags
        bars[cell].isChanged = false
        bars[cell].isPublished = true
        places[width].closed += 1
    }

    private func limit(_ width: Int) -> Int { width == 0 ? plan.base.kept : plan.wides[width - 1].kept }

    private mutating func takeMemory() {
        places = FixedCells(repeating: Place(start: 0, limit: 0, closed: 0), count: plan.wides.count + 1)
        var start = 0
        for width in 0..<places.count {
            places[width] = Place(start: start, limit: limit(width), closed: 0)
            start += limit(width)
        }
        bars = FixedCells(repeating: .nothing, count: start)
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

extension BarHistories {
    mutating func archive(_ archive: inout Archive) {
        var hasMemory = places.count > 0
        archive.value(&hasMemory)
        if archive.hasRestored, hasMemory { takeMemory() }
        for width in 0..<places.count {
            archive.value(&places[width].closed)
            archive.check(places[width].closed >= 0, "less than no bars were closed")
        }
        archive.cells(&bars)
    }
}
