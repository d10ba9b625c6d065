internal import Analytics
internal import COrderflow
internal import Engine
internal import Foundation
internal import Market
internal import Rings
internal import Updates

/// The throughput work orderflow-v1: this program's core against the C twin, alternated in one run.
struct OrderflowBench {
    let trades: [orderflow_trade]
    let symbols: Int
    let burst: Int
    let rounds: Int

    /// Counts and sums over all updates, as the work defines them.
    struct Check: Equatable, CustomStringConvertible {
        var seconds = 0
        var minutes = 0
        var secondPrices: Int64 = 0
        var volume: Int64 = 0
        var minutePrices: Int64 = 0
        var areas: Int64 = 0
        var buy: Int64 = 0
        var sell: Int64 = 0
        var delta: Int64 = 0

        var description: String {
            "CHECK n1s=\(seconds) n1m=\(minutes) s1=\(secondPrices) v=\(volume) m1=\(minutePrices) va=\(areas) "
                + "buy=\(buy) sell=\(sell) cvd=\(delta)"
        }
    }

    /// The work's own rules: side by touch, first sign buy, one row at a time, lowest POC of equals, no live values.
    static var settings: FlowSettings {
        var settings = FlowSettings()
        settings.ring = 64
        settings.memory = 0
        settings.live = .zero
        settings.horizon = .zero
        settings.sideRule = .touch
        settings.firstSign = .buy
        settings.candles = BarSettings(widths: [.seconds(1), .seconds(60)])
        settings.delta = BarSettings(widths: [.seconds(60)])
        var profile = ProfileSettings()
        profile.area = .orderflow
        profile.rows = .zero
        settings.profile = profile
        return settings
    }
}
