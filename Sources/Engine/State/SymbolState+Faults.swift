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
        // Whatever comes is overdue, and no trade finds room: the shortest path needs no look at whether it is broken.
        (deadline, nextMore, nextOwn) = (.min, .min, .min)
        room = .min
    }

    /// Says once more that the symbol was broken before an event that it now takes: its updates' numbers go on as they
    /// did, and the next of them says that it has come right.
    mutating func sayWasBroken(before event: borrowing MarketEvent, _ updates: inout Outbox) {
        extras.insert(.broken)
        brokenAt = event.sequence
        publishBroken(before: event, &updates)
        extras.remove(.broken)
        brokenAt = 0
        extras.insert(.qualityWaits)
        expect(shownQuality.next)
    }
}
