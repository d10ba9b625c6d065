public import Updates

/// An indicator's lines after a bar, as they go out.
public struct IndicatorUpdate: UpdateBody {
    public var value: Double
    public var second: Double
    public var third: Double
    public var close: Int64
    public var bars: Int64
    public var since: Int64
    public var marks: UInt32
    public var warm: UInt8
    public var label: Label

    /// When indicators that run on from bar to bar begin anew.
    public enum Reset: String, CaseIterable, BitwiseCopyable, Sendable {
        case never, session
    }

    /// Which indicator it is, of which number, begun when: places among all cases.
    public struct Label: BitwiseCopyable, Sendable {
        public var indicator: UInt8
        public var source: UInt8
        public var reset: UInt8

        init(_ choice: IndicatorChoice, _ reset: Reset) {
            indicator = choice.kind.place
            source = choice.source.place
            self.reset = (choice.isAnchored ? .session : reset).place
        }
    }

    public static let gapMark: UInt32 = 1
    public static let sessionMark: UInt32 = 2

    public static let layout = UpdateLayout(
        template: 55, kind: "indicator", size: MemoryLayout<Self>.size,
        fields: [
            UpdateField("value", .real, \Self.value, "Main line: average, index or middle band; null until known."),
            UpdateField(
                "second", .real, \Self.second, "Signal of `macd`, upper band of `bollinger` and `vwap`; else null."),
            UpdateField(
                "third", .real, \Self.third, "Histogram of `macd`, lower band of `bollinger` and `vwap`; else null."),
            UpdateField("close", .price, \Self.close, "Close of the bar."),
            UpdateField("bars", .count, \Self.bars, "Bars that the value rests on."),
            UpdateField("since", .time, \Self.since, "Start of the first bar that its quality speaks of."),
            UpdateField(
                "marks", .marks(["gap", "opensSession"]), \Self.marks,
                "Whether events are missing in one of those bars; whether the bar is a session's first."),
            UpdateField("warm", .flag, \Self.warm, "Whether all its lines rest on as many bars as they need."),
            UpdateField(
                "indicator", .choice(IndicatorChoice.Kind.names), \Self.label.indicator, "Which indicator it is."),
            UpdateField("source", .choice(BarSource.names), \Self.label.source, "Which number of each bar it follows."),
            UpdateField(
                "reset", .choice(Reset.allCases.map(\.rawValue)), \Self.label.reset, "When it begins anew."),
        ],
        meaning: "A classic indicator after a finished bar: moving average, RSI, MACD, Bollinger bands and others.")
}

extension CaseIterable where Self: Equatable {
    /// The case's place among all, as the wire names choices.
    var place: UInt8 {
        for (index, other) in Self.allCases.enumerated() where other == self { return UInt8(index) }
        preconditionFailure("A case must be among all cases.")
    }
}
