internal import Analytics
internal import Market
internal import Rings
internal import Updates

// A state that cannot go on: it says so once, on `quality/`, and takes nothing from there on.
extension SymbolState {
    var isBroken: Bool { extras.contains(.broken) }
    /// Whether an analytic has said that it cannot go on, and the next event has not come.
    var hasFault: Bool { analytics?.fault != nil }

    /// Whether the event is none for this state any more. Asked where everything is overdue, which it is from the
    /// moment on in which something fails.
    @inline(never)
    mutating func breaks(
        before events: RingElements<MarketEvent>, at place: Int, _ updates: inout Outbox
    ) -> Bool {
        if isBroken { return true }
        guard let reason = analytics?.fault else { return false }
        let event = events[place]
        breakOff(before: event, &updates)
        ownFault = SymbolFault(
            symbol: entry.symbol.name, place: EventPlace(key: EventPlace.key(of: event)), standing: .quarantined,
            ends: 0, reason: reason)
        return true
    }

    /// Ends the symbol's updates with a last one that says where.
    mutating func breakOff(before event: borrowing MarketEvent, _ updates: inout Outbox) {
        extras.insert(.broken)
        brokenAt = event.sequence
        publishBroken(before: event, &updates)
        closeToEvents()
    }

    /// Goes on to be broken, as was said when it broke.
    mutating func stayBroken(at place: EventPlace) {
        extras.insert(.broken)
        brokenAt = place.number
        closeToEvents()
    }

    /// Whatever comes is overdue, and no trade finds room: the shortest path needs no look at whether it is broken.
    private mutating func closeToEvents() {
        (deadline, nextMore, nextOwn) = (.min, .min, .min)
        room = .min
    }

    /// Says once more that the symbol was broken before an event that it now takes: its updates' numbers go on as they
    /// did, and the next of them says that it has come right.
    mutating func sayWasBroken(before event: borrowing MarketEvent, _ updates: inout Outbox) {
        sayWasBroken(at: event.sequence, before: event, &updates)
    }

    /// Begins anew before an event: says where it broke, and that everything from there on is missing.
    mutating func beginAnew(behind place: EventPlace, before event: borrowing MarketEvent, _ updates: inout Outbox) {
        sayWasBroken(at: place.number, before: event, &updates)
        let gap = MarketEvent.gap(
            symbol: event.symbol, venueTime: event.venueTime, receiveTime: event.receiveTime, cause: .restart,
            first: place.number, last: event.sequence &- 1, count: 0)
        receiveOther(gap, into: &updates)
    }

    private mutating func sayWasBroken(
        at number: UInt64, before event: borrowing MarketEvent, _ updates: inout Outbox
    ) {
        extras.insert(.broken)
        brokenAt = number
        publishBroken(before: event, &updates)
        extras.remove(.broken)
        brokenAt = 0
        extras.insert(.qualityWaits)
        expect(shownQuality.next)
    }
}
