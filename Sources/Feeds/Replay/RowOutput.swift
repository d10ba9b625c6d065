internal import Market

/// What rows of one file become: events in order, counts, faults, and gaps where rows were lost.
struct RowOutput: ~Copyable {
    let file: String
    private let directory: any SymbolDirectory
    private let isStrict: Bool

    /// Lost rows that no gap event tells yet. Kept apart by symbol, up to a limit; further ones are only counted.
    private struct Loss {
        let slot: Int?
        var first: UInt64
        var last: UInt64
        var count: UInt64
    }
    private static let lossLimit = 64

    private(set) var symbols = SymbolTable()
    var counts = RecordingCounts()
    private(set) var faults = RecordingFaults()
    /// The slot that the row at hand has named; nil before it has.
    private(set) var slot: Int?
    private var queue: [MarketEvent] = []
    private var head = 0
    private var losses: [Loss] = []
    /// The latest event's times: what a row without its own stands at.
    private(set) var lastVenueTime = Timestamp(nanoseconds: 0)
    private(set) var lastReceiveTime = Timestamp(nanoseconds: 0)

    init(file: String, directory: any SymbolDirectory, isStrict: Bool) {
        self.file = file
        self.directory = directory
        self.isStrict = isStrict
        queue.reserveCapacity(2 * EventBatch.limit)
    }

    /// Events that wait for a batch.
    var pending: Int { queue.count - head }

    /// Moves events to a batch.
    mutating func drain(into batch: inout EventBatch) {
        guard head < queue.count else { return }
        head += batch.append(from: queue[head...])
        if head == queue.count {
            queue.removeAll(keepingCapacity: true)
            head = 0
        } else if head >= max(2 * EventBatch.limit, pending) {
            // What is left moves to the front only when it is the smaller part, so that each event moves once or less.
            queue.removeFirst(head)
            head = 0
        }
    }

    // MARK: Symbols

    /// The slot of the row's symbol; nil when the graph does not want it.
    mutating func resolve(_ name: Span<UInt8>) -> Int? {
        let found = symbols.slot(for: name, in: directory)
        return select(found) ? found : nil
    }

    /// Says which symbol the row at hand is about; false when the graph does not want it.
    mutating func select(_ found: Int) -> Bool {
        guard found != SymbolTable.refused, symbols.slots[found].isWanted else { return false }
        slot = found
        return true
    }

    func index(_ slot: Int) -> UInt32 { symbols.slots[slot].index }

    /// A size in billionths as steps; nil, and counted for the symbol, when it is off its step or over the limit.
    mutating func quantity(billionths: Int64, _ slot: Int) -> Quantity? {
        checked(Instrument.quantity(billionths: billionths, step: symbols.slots[slot].sizeStep), slot)
    }

    /// A size in whole units as steps; see `quantity(billionths:_:)`.
    mutating func quantity(units: Int64, _ slot: Int) -> Quantity? {
        checked(Instrument.quantity(units: units, step: symbols.slots[slot].sizeStep), slot)
    }

    private mutating func checked(_ quantity: Quantity?, _ slot: Int) -> Quantity? {
        if let quantity, quantity.steps.magnitude <= UInt64(Quantity.limit) { return quantity }
        counts.offStepBySymbol[index(slot), default: 0] += 1
        return nil
    }

    // MARK: Rows

    /// Counts a row that was decoded.
    mutating func finishRow(_ outcome: RowOutcome) {
        counts.add(outcome)
        slot = nil
    }

    /// Counts a row that could not be read, and remembers to put a gap before the next event.
    mutating func lose(_ place: RecordingPlace, _ reason: FaultReason) throws(RecordingError) {
        counts.add(.unreadable)
        let fault = RecordingFault(file: file, place: place, reason: reason)
        faults.add(fault)
        let row = counts.rows
        let lost = slot
        slot = nil
        if isStrict { throw RecordingError.fault(fault) }
        if let index = losses.firstIndex(where: { $0.slot == lost }) {
            losses[index].last = row
            losses[index].count += 1
        } else if losses.count < Self.lossLimit {
            losses.append(Loss(slot: lost, first: row, last: row, count: 1))
        }
    }

    /// Adds an event behind all others, after the gaps that are due.
    mutating func emit(_ event: MarketEvent) {
        lastVenueTime = event.venueTime
        lastReceiveTime = event.receiveTime
        if _slowPath(!losses.isEmpty) { flushLosses() }
        queue.append(event)
        counts.events += 1
    }

    /// Tells lost rows as gaps: to their symbol, or to the only one the file has; where neither is known the counts and
    /// faults are all there is.
    mutating func flushLosses() {
        let pending = losses
        losses.removeAll()
        for loss in pending {
            guard let slot = loss.slot ?? (symbols.slots.count == 1 ? 0 : nil) else { continue }
            guard symbols.slots[slot].isWanted else { continue }
            queue.append(
                .gap(
                    symbol: index(slot), venueTime: lastVenueTime, receiveTime: lastReceiveTime, cause: .unreadable,
                    first: loss.first, last: loss.last, count: loss.count))
            counts.events += 1
        }
    }
}
