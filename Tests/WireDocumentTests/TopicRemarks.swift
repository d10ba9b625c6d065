import Analytics
import Updates

/// What docs/topics.md says by hand of each kind: its topics, and when an update of it comes.
struct TopicRemarks {
    let layout: UpdateLayout
    let patterns: [String]
    let text: String

    static let all = [candle, delta, weightedPrice, profile, cumulative, session, print, trade, quote, book, quality]

    private static let candle = TopicRemarks(
        layout: CandleUpdate.layout, patterns: ["candle/WIDTH/SYMBOL/"],
        text: """
            WIDTH is written as in the topology: `candle/1m/`, `candle/5m/`. Windows are counted from the session's
            open, and the last one ends with the session. A window without a trade has no candle.

            - **Final** once, when the first event at or after the window's end plus `grace` comes; a clock is enough.
            - **Live** (`final` is false, `reason` is `live`) while it grows, at most once per `live` of event time (1
              s unless set, `off` for never), and only if a trade came since; once more where the input ends.
            - **Revised**: a late trade within `horizon` of the window's end (35 s unless set) publishes the candle
              again, final, with the next `revision` and the reason `late`. Replace what has the same `start`. A late
              trade in a window that had none makes its first candle, with revision 0 and the reason `late`.
            - **Quality**: `coverage` and `gapSeconds` speak of the window up to its end, of a live candle up to now;
              halts count neither as gap nor as time.
            """)

    private static let delta = TopicRemarks(
        layout: DeltaUpdate.layout, patterns: ["delta/WIDTH/SYMBOL/"],
        text: """
            Comes when the candle of the same width does: live, final and revised by the same rules. `cvd` runs from
            the session's open to the window's end. A late trade changes the `cvd` of every later window too; those
            are not published again for it alone, so a chart of cumulative delta is best drawn from `cvd/`, or from
            the sum of the latest revisions' `delta`. `inferredShare` says how much of the delta rests on an inferred
            side.
            """)

    private static let weightedPrice = TopicRemarks(
        layout: VolumeWeightedPriceUpdate.layout, patterns: ["vwap/SYMBOL/"],
        text: """
            Anchored at the session's open. **Live** at most once per `live` of event time and only if a trade came
            since, once more where the input ends; **final** once, at the session's close. Never revised: late trades
            are in the next live value, and whatever comes after the close is counted in `session/`. Trades that may
            not set a price are left out of the mean.
            """)

    private static let profile = TopicRemarks(
        layout: ProfileUpdate.layout, patterns: ["profile/developing/SYMBOL/", "profile/session/SYMBOL/"],
        text: """
            - `profile/developing/` is the point of control and the value area as they develop: every `developing` of
              event time (1 m unless set), only if a trade came since, never final, and its three arrays are empty.
            - `profile/session/` has all rows: live every `rows` of event time (5 s unless set) if a trade came since,
              and final at the session's close.

            Both come once more where the input ends, and are never revised. Rows that were merged in pairs, because
            prices span more of them than `rowLimit`, show in the flag `coarsened` and in `rowHeight`. One binary
            message holds one profile.
            """)

    private static let cumulative = TopicRemarks(
        layout: CumulativeDeltaUpdate.layout, patterns: ["cvd/SYMBOL/"],
        text: """
            Anchored at the session's open, published where `delta` is asked for. **Live** at most once per `live` of
            event time and only if a trade came since, late trades included, once more where the input ends; **final**
            once, at the session's close.
            """)

    private static let session = TopicRemarks(
        layout: SessionUpdate.layout, patterns: ["session/SYMBOL/"],
        text: """
            Always published, whatever analytics are asked for. **Final** at the session's close; **live** only where
            the input ends in mid-session. **Revised** with the reason `late` before the next session begins, or where
            the input ends, if events that no session took were counted since the close: only the counts change then.
            Without the profile `poc`, `vah` and `val` are null. A start in mid-session counts as a gap from the open.
            """)

    private static let print = TopicRemarks(
        layout: PrintUpdate.layout, patterns: ["print/SYMBOL/"],
        text: """
            At once, one update per trade that is big by the sizes before it; never throttled, always final, never
            revised. None comes before `minimumCount` sizes were seen (200 unless set). `start` and `end` are the
            trade's instant, and its quality says nothing: whether the side is inferred stands in `inferred`.
            """)

    private static let trade = TopicRemarks(
        layout: TradeUpdate.layout, patterns: ["trade/SYMBOL/"],
        text: """
            Each trade once, after its side was told; only where an edge of the topology asks for `trade/`. At once,
            never throttled, always final. Trades that were refused or lie outside the session are counted and do not
            come.
            """)

    private static let quote = TopicRemarks(
        layout: QuoteUpdate.layout, patterns: ["quote/SYMBOL/"],
        text: """
            Each change of the best bid or ask; only where an edge of the topology asks for `quote/`. At once, never
            throttled, always final.
            """)

    private static let book = TopicRemarks(
        layout: BookUpdate.layout, patterns: ["book/SYMBOL/"],
        text: """
            Each change of a level or of an order, and each reset; only where an edge of the topology asks for
            `book/`. At once, never throttled, always final. Apply changes up to one with `lastOfGroup`, then look at
            the book: between them it may be crossed.
            """)

    private static let quality = TopicRemarks(
        layout: QualityUpdate.layout, patterns: ["quality/SYMBOL/"],
        text: """
            Always published, whatever analytics are asked for: what is known of the symbol's input since its session
            opened. **Live** when something goes wrong or comes right (a gap, a halt, a book that resynchronises, a
            crossed quote), at once but at most once a second of event time; when something was counted, once per
            `live`; and where the input ends. **Final** at the session's close. The same coverage stands in the head
            of every value; this topic is for whoever watches the symbol rather than one of its values.

            A symbol that breaks says so here, with the mark `broken` and the number of the event in `brokenAt`: it is
            the symbol's last update of any kind until somebody releases it (`docs/supervision.md`).
            """)
}
