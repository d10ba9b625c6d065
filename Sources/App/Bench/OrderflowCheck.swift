internal import Analytics
internal import COrderflow
internal import Market
internal import Updates

/// Counts and sums over all updates, as the work orderflow-v1 defines them.
struct OrderflowCheck: Equatable, CustomStringConvertible {
    /// Prices are counted in hundredths, as the work has them.
    private static let cent: Int64 = 10_000_000

    private var seconds: UInt64 = 0
    private var minutes: UInt64 = 0
    private var secondPrices: Int64 = 0
    private var volume: Int64 = 0
    private var minutePrices: Int64 = 0
    private var areas: Int64 = 0
    private var buy: Int64 = 0
    private var sell: Int64 = 0
    private var delta: Int64 = 0

    init() {}

    init(_ check: orderflow_check) {
        seconds = check.seconds
        minutes = check.minutes
        secondPrices = Int64(check.second_prices)
        volume = Int64(check.volume)
        minutePrices = Int64(check.minute_prices)
        areas = Int64(check.areas)
        buy = Int64(check.buy)
        sell = Int64(check.sell)
        delta = check.delta
    }

    var description: String {
        "CHECK n1s=\(seconds) n1m=\(minutes) s1=\(secondPrices) v=\(volume) m1=\(minutePrices) va=\(areas) "
            + "buy=\(buy) sell=\(sell) cvd=\(delta)"
    }

    /// Takes one update; `slots` says what lies on which topic.
    mutating func take(_ head: RecordHead, _ update: RawSpan, _ slots: Slots) {
        if head.slot == slots.second {
            let candle = RecordReader.body(of: update, as: CandleUpdate.self)
            seconds += 1
            secondPrices += OrderflowCheck.prices(candle)
            volume += candle.volume
        } else if head.slot == slots.minute {
            minutes += 1
            minutePrices += OrderflowCheck.prices(RecordReader.body(of: update, as: CandleUpdate.self))
        } else if head.slot == slots.delta {
            let bar = RecordReader.body(of: update, as: DeltaUpdate.self)
            buy += bar.buy
            sell += bar.sell
            delta += bar.cumulative
        } else if head.slot == slots.profile {
            let profile = RecordReader.body(of: update, as: ProfileUpdate.self)
            areas += (profile.control + profile.high + profile.low) / OrderflowCheck.cent
        }
    }

    private static func prices(_ candle: CandleUpdate) -> Int64 {
        (candle.open + candle.high + candle.low + candle.close) / cent
    }

    /// The places of the topics that the work looks at.
    struct Slots {
        let second: UInt16
        let minute: UInt16
        let delta: UInt16
        let profile: UInt16

        init(_ topics: TopicTable) {
            func slot(_ prefix: String) -> UInt16 {
                UInt16(topics.entries.firstIndex { $0.prefix == prefix } ?? TopicTable.limit)
            }
            second = slot("candle/1s/")
            minute = slot("candle/1m/")
            delta = slot("delta/1m/")
            profile = slot("profile/developing/")
        }
    }
}
