import Analytics
import Graph
import Market

func icebergSettings(_ text: String) throws -> (settings: IcebergSettings, faults: [TopologyFault]) {
    SettingsReader.read(
        IcebergSettings.self,
        from: SettingsObject(try JSONParser.parse(text), path: JSONPath("nodes").member("iceberg")))
}

func icebergTrial(_ text: String = "{}") throws -> AnalyticTrial {
    AnalyticTrial([AnalyticChoice(Iceberg.self, try icebergSettings(text).settings)])
}

/// The names of what ends an iceberg.
let icebergEnds = ["open", "filled", "cancelled", "left", "idle", "cut"]
/// The names of how one is seen.
let icebergMethods = ["level", "native", "synthetic"]

extension AnalyticTrial {
    var icebergs: [IcebergUpdate] { on("iceberg/").map { $0.body() } }
    /// What ended each.
    var endings: [String] { icebergs.map { icebergEnds[Int($0.end)] } }

    mutating func showLevel(_ seconds: Double, _ side: Side, _ price: Double, _ size: Int64) {
        let time = Timestamp(nanoseconds: AnalyticTrial.time(seconds))
        book(
            .level(
                symbol: 0, venueTime: time, receiveTime: time, side: side,
                price: Price(billionths: AnalyticTrial.billionths(price)), quantity: Quantity(steps: size),
                isLastOfGroup: true))
    }

    mutating func sendOrder(
        _ seconds: Double, _ action: OrderAction, _ identifier: UInt64, _ size: Int64, price: Double = 100,
        side: Side = .sell
    ) {
        let time = Timestamp(nanoseconds: AnalyticTrial.time(seconds))
        var event = MarketEvent(.order, symbol: 0, venueTime: time, receiveTime: time)
        event.orderAction = action
        event.side = side
        event.price = Price(billionths: AnalyticTrial.billionths(price))
        event.quantity = Quantity(steps: size)
        event.identifier = identifier
        book(event)
    }

    mutating func resetBook(_ seconds: Double) {
        let time = Timestamp(nanoseconds: AnalyticTrial.time(seconds))
        book(MarketEvent(.bookReset, symbol: 0, venueTime: time, receiveTime: time))
    }
}
