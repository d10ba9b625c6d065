internal import Market
internal import Memory

/// The footprint bars of one width: the one that is open, and closed ones as long as the tape may change them.
///
/// Closed bars lie in the order of their windows; their cells go from bar to bar, so that nothing is allocated once as
/// many as are kept have been closed.
struct FootprintBars: Sendable {
    /// Closed bars that are kept at most, however long the horizon: half a MiB with 64 rows each. At the limit the
    /// oldest is forgotten before its time.
    static let keptLimit = 256

    /// What a time means to these bars.
    enum Place: Equatable {
        case open
        /// An index of `kept`.
        case closed(Int)
        /// No bar has this time.
        case missing
    }

    /// Nanoseconds.
    let width: Int64
    let horizon: Int64
    private let slots: Int
    var open: FootprintBar
    private(set) var isOpen = false
    /// Of these `count` are closed bars, oldest first, the others spare.
    private(set) var kept: [FootprintBar] = []
    private(set) var count = 0

    /// With a horizon of 0 no closed bar is kept.
    init(_ scale: RowScale, width: Int64, horizon: Int64) {
        precondition(width > 0 && horizon >= 0, "A bar must have a width and a horizon.")
        self.width = width
        self.horizon = horizon
        // One for the end at the horizon itself, and one that a session's close has cut short.
        slots = horizon > 0 ? Int(min(horizon / width + 2, Int64(FootprintBars.keptLimit))) : 0
        open = FootprintBar(scale)
    }

    mutating func begin(_ window: Window) {
        precondition(!isOpen, "A bar must end before the next begins.")
        open.begin(window)
        isOpen = true
    }

    /// Whether a window can begin now: none is open, and no later one has been closed.
    func isNext(_ window: Window) -> Bool { !isOpen && (count == 0 || kept[count - 1].start < window.start) }

    /// Whether the open bar has trades, or readers were told that it had.
    var isWorthClosing: Bool { isOpen && (!open.isEmpty || open.wasShown) }

    /// Ends the open bar and keeps it.
    mutating func end() {
        isOpen = false
        guard slots > 0, !open.isEmpty || open.wasShown else { return }
        makeSlot()
        swap(&open, &kept[count])
        count += 1
    }

    /// Makes room at `kept[count]`; at the limit the oldest makes way.
    private mutating func makeSlot() {
        if count == slots {
            for index in 1..<count { kept.swapAt(index - 1, index) }
            count -= 1
        } else if count == kept.count {
            kept.append(FootprintBar(open.scale))
        }
    }

    func place(of time: Int64) -> Place {
        if isOpen, time >= open.start { return .open }
        var index = count
        while index > 0, kept[index - 1].start > time { index -= 1 }
        return index > 0 && time < kept[index - 1].end ? .closed(index - 1) : .missing
    }

    /// Whether a closed bar can still be changed.
    func isWithinHorizon(_ index: Int, at time: Int64) -> Bool { kept[index].end &+ horizon >= time }

    mutating func change(_ index: Int, _ body: (inout FootprintBar) -> Void) { body(&kept[index]) }

    /// Puts an empty closed bar between the others and gives its index; nil where its window is beyond the horizon, or
    /// older than all that there is room for.
    mutating func insert(_ window: Window, at time: Int64) -> Int? {
        guard slots > 0, window.end &+ horizon >= time else { return nil }
        if count == slots, kept[0].start > window.start { return nil }
        makeSlot()
        var place = count
        count += 1
        while place > 0, kept[place - 1].start > window.start {
            kept.swapAt(place - 1, place)
            place -= 1
        }
        kept[place].begin(window)
        return place
    }
}

extension FootprintBars: Archivable {
    mutating func archive(_ archive: inout Archive) {
        open.archive(&archive)
        archive.value(&isOpen)
        var closed = archive.isSaving ? Array(kept.prefix(count)) : []
        archive.list(&closed, blank: FootprintBar(open.scale)) { $0.archive(&$1) }
        guard archive.hasRestored else { return }
        archive.check(closed.count <= slots, "more closed bars than are kept")
        (kept, count) = (closed, closed.count)
    }
}
