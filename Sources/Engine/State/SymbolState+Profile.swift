internal import Analytics
internal import Market
internal import Memory
internal import Updates

// The profile's updates, and big prints.
extension SymbolState {
    /// Publishes POC and value area without rows.
    mutating func publishDeveloping(trades: Int64, end: Timestamp, _ updates: inout Outbox) {
        let signed = sum { $0.volume } &- sum { $0.neutral }
        var head = head(
            plan.developingSlot, from: session.open, to: end, isFinal: false,
            inferredShare: Bar.share(sum { $0.inferred }, of: signed))
        if profile.coarsening > 0 { head.flags.insert(.coarsened) }
        let body = ProfileUpdate(profile, profile.valueArea(plan.areaRule), trades: trades)
        updates.begin(
            body, head: head, slot: plan.developingSlot, template: ProfileUpdate.layout.template, symbol: index)
        for _ in 0..<3 { updates.appendGroup(entrySize: MemoryLayout<ProfileRow>.size, count: 0) }
        updates.end()
    }

    /// Publishes the session's profile with all rows and its nodes.
    mutating func publishRows(_ sums: Bar, end: Timestamp, isFinal: Bool, _ updates: inout Outbox) {
        guard publishable(plan.profileSlot, sums), !profile.isEmpty else { return }
        var head = head(
            plan.profileSlot, from: session.open, to: end, isFinal: isFinal, inferredShare: sums.inferredShare)
        if profile.coarsening > 0 { head.flags.insert(.coarsened) }
        let size = MemoryLayout<ProfileRow>.size
        let nodes = profile.nodes(plan.nodeRule)
        let body = ProfileUpdate(profile, profile.valueArea(plan.areaRule), trades: sums.count)
        updates.begin(
            body, head: head, slot: plan.profileSlot, template: ProfileUpdate.layout.template, symbol: index)
        updates.appendGroup(entrySize: size, count: profile.rowCount)
        profile.forEachRow { updates.appendEntry($0) }
        for rows in [nodes.high, nodes.low] {
            updates.appendGroup(entrySize: size, count: rows.count)
            for row in rows { updates.appendEntry(profile.entry(ofRow: row)) }
        }
        updates.end()
    }

    mutating func watchPrint(
        _ event: borrowing MarketEvent, _ aggressor: Aggressor, isLate: Bool, into updates: inout Outbox
    ) {
        let threshold = prints.judge(price: event.price.billionths, quantity: event.quantity.steps)
        guard let threshold else { return }
        publishPrint(event, aggressor, threshold, isLate: isLate, into: &updates)
    }

    @inline(never)
    mutating func publishPrint(
        _ event: borrowing MarketEvent, _ aggressor: Aggressor, _ threshold: Int64, isLate: Bool,
        into updates: inout Outbox
    ) {
        let body = PrintUpdate(
            price: event.price.billionths, quantity: event.quantity.steps, sizeStep: entry.instrument.sizeStep,
            threshold: threshold,
            time: event.venueTime, tail: TradeTail(aggressor, marks: event.marks, isLate: isLate))
        append(body, eventHead(plan.printSlot, event), plan.printSlot, &updates)
    }
}
