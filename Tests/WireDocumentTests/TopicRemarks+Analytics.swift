import Analytics
import Updates

// What docs/topics.md says by hand of the catalogue's analytics.
extension TopicRemarks {
    static let analytics = bars + flow + detectors + derived

    private static let bars = [
        TopicRemarks(
            layout: BarUpdate.layout, patterns: ["bar/tick/COUNT/SYMBOL/", "bar/RULE/…/SYMBOL/"],
            text: """
                Each bar once, **final**, as soon as its rule is met; the open one **live** at most once per `live`.
                Bars begin anew with each session: what is open at its close comes final with the mark `partial`. They
                are never reopened: late trades, cancels and corrections are told in `correctionsPending` and by the
                flag `inputRevised`. Other analytics may follow these bars by name, `tick/100`.
                """),
        TopicRemarks(
            layout: FootprintUpdate.layout, patterns: ["footprint/WIDTH/SYMBOL/"],
            text: """
                Windows as of candles. `bid` is what sellers hit, `ask` what buyers lifted. **Live** at most once per
                `live` if something changed, **final** at the window's end, **revised** within `horizon` by late
                trades, cancels and corrections: volumes and delta are then exactly those of the corrected tape with
                sides as first assigned; `minDelta` and `maxDelta` are not run again and the update says `inputRevised`.
                A figure that a removal has left unknown is named in `lost`, with the flag `approximate`.
                """),
        TopicRemarks(
            layout: ZoneUpdate.layout, patterns: ["zone/WIDTH/SYMBOL/"],
            text: """
                A stack of imbalances of a closed bar: once when it is born, not final, and once when it ends,
                **final**, with what ended it. `zone` is the number of its first update, on both.
                """),
    ]

    private static let flow = [
        TopicRemarks(
            layout: LiquidityUpdate.layout, patterns: ["liquidity/SYMBOL/"],
            text: """
                The book at the end of each interval in which something changed; of a feed without levels or orders, the
                best bid and ask alone. Only whole exchange messages are looked at. After a gap or a reset the book is
                `resyncing` until it is whole again, and order-flow imbalance begins anew.
                """),
        TopicRemarks(
            layout: LadderUpdate.layout, patterns: ["ladder/SYMBOL/"],
            text: """
                The best levels of both sides, with each `liquidity/` where the setting `ladder` asks for levels. One
                binary message holds one ladder.
                """),
        TopicRemarks(
            layout: ToxicityUpdate.layout, patterns: ["toxicity/SYMBOL/"],
            text: """
                Flow toxicity by the VPIN method, by bulk classification and by true sides: each has its own buckets of
                equal volume. **Final** when a bucket is full; null until as many as `buckets` are. A high value says
                nothing by itself: look at its place among the values before it.
                """),
    ]

    private static let detectors = [
        TopicRemarks(
            layout: ExhaustionUpdate.layout, patterns: ["exhaustion/WIDTH/SYMBOL/"],
            text: "At a bar's close, **final**, where aggression dies away towards its high or low. Never recalled."),
        TopicRemarks(
            layout: SweepUpdate.layout, patterns: ["sweep/SYMBOL/"],
            text: """
                One update a chain, **final**, when a print breaks it or its timer runs out in event time, whichever
                comes first: the same update either way. Evidence are the numbers of its first and last event.
                """),
        TopicRemarks(
            layout: IcebergUpdate.layout, patterns: ["iceberg/SYMBOL/"],
            text: """
                Once when it is found, not final, and once when it ends, **final**, with what ended it. How it was found
                stands in `method`: from levels or quotes it is an estimate.
                """),
        TopicRemarks(
            layout: HiddenUpdate.layout, patterns: ["hidden/SYMBOL/"],
            text: "Executions inside the spread or beyond the size shown, gathered by price and side; **final**."),
        TopicRemarks(
            layout: AbsorptionUpdate.layout, patterns: ["absorption/SYMBOL/"],
            text: """
                Once when a level holds against much aggression, not final, and once when that is confirmed, failed, has
                expired or was interrupted, **final**.
                """),
        TopicRemarks(
            layout: UnusualUpdate.layout, patterns: ["unusual/SYMBOL/"],
            text: """
                Each minute, **final**. Relative volume and score are null until enough sessions are known: `sessions`
                says how many.
                """),
        TopicRemarks(
            layout: DivergenceUpdate.layout, patterns: ["divergence/BARS/SYMBOL/"],
            text: """
                **Final**, at the end of the bar that confirms the pivot, never at the pivot itself: `end` is when it
                could be known.
                """),
        TopicRemarks(
            layout: TouchUpdate.layout, patterns: ["touch/SYMBOL/"],
            text: "A trade meets a low-volume node or a naked point of control: at once, **final**."),
    ]

    private static let derived = [
        TopicRemarks(
            layout: TimeProfileUpdate.layout, patterns: ["tpo/SYMBOL/"],
            text: """
                At the end of each bracket in which something changed, once more where the input ends, and **final** at
                the session's close. Bracket 1 is A. An initial balance of which too much was missed is `partial`.
                """),
        TopicRemarks(
            layout: MarketStateUpdate.layout, patterns: ["state/SYMBOL/"],
            text: """
                At every evaluation, five minutes unless set, **final** for that stretch. Features that cannot be told
                (no prior session, no initial balance yet) are null and left out of the score; `used` names the others.
                """),
        TopicRemarks(
            layout: IndicatorUpdate.layout, patterns: ["indicator/NAME/LENGTHS/BARS/SYMBOL/"],
            text: """
                Once for each finished bar, **final**; values are null until `warm`. Never run again where a bar was
                corrected: as long as it lies in the window, updates carry `inputRevised`.
                """),
        TopicRemarks(
            layout: FormulaUpdate.layout, patterns: ["formula/NAME/BARS/SYMBOL/"],
            text: "Once for each finished bar, **final**; null where it is undefined, such as a division by zero."),
        TopicRemarks(
            layout: SignalUpdate.layout, patterns: ["signal/RULE/SYMBOL/"],
            text: """
                Once when it is known, **live**, with entry, stop, targets and what would make it void; once when it
                ends, **final**, with `status` and `exit`. `inputs` names the updates that it rests on, each with its
                quality; the head's quality is the worst of them. On bad quality it is `doubtful`, or held back where
                `holdBack` says so; `held` counts those. **Revised** with the change's reason where a late trade, a
                cancel or a correction touches its inputs: nothing is recalled, but you are told. A signal is a rule's
                statement, not a forecast: measure it before you trust it.
                """),
    ]
}
