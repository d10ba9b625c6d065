internal import Market
internal import Updates

extension Liquidity {
    /// Publishes what was last seen, with what was counted in a window.
    mutating func publish(
        _ window: Window, _ edition: Edition, _ surroundings: borrowing Surroundings, _ updates: inout Outbox
    ) {
        let quality = surroundings.quality(over: window, inferredShare: .nan).worst(worst)
        let head = surroundings.head(on: &channels[0], over: window, as: edition, quality: quality)
        surroundings.begin(LiquidityUpdate(self), head, on: channels[0], &updates)
        // A quote has but one rank.
        let ranks = source == .quotes ? 1 : seen.ranks
        updates.appendGroup(entrySize: MemoryLayout<Int64>.size, count: ranks)
        for rank in 0..<ranks { updates.appendEntry(seen.flow(rank)) }
        updates.end()
        if ladder > 0 { publishLadder(window, edition, quality, surroundings, &updates) }
    }

    private mutating func publishLadder(
        _ window: Window, _ edition: Edition, _ quality: Quality, _ surroundings: borrowing Surroundings,
        _ updates: inout Outbox
    ) {
        // What a quote says is no rung.
        let bids = source == .quotes ? 0 : min(ladder, seen.bids.count)
        let asks = source == .quotes ? 0 : min(ladder, seen.asks.count)
        let head = surroundings.head(on: &channels[1], over: window, as: edition, quality: quality)
        let body = LadderUpdate(time: lastTime, bidLevels: Int64(bids), askLevels: Int64(asks))
        surroundings.begin(body, head, on: channels[1], &updates)
        updates.appendGroup(entrySize: MemoryLayout<BookLevel>.size, count: bids)
        for rank in 0..<bids { updates.appendEntry(seen.bids[rank]) }
        updates.appendGroup(entrySize: MemoryLayout<BookLevel>.size, count: asks)
        for rank in 0..<asks { updates.appendEntry(seen.asks[rank]) }
        updates.end()
    }
}
