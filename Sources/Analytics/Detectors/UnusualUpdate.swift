public import Updates

/// A minute's volume against that of the same minute in the sessions before, as it goes out.
public struct UnusualUpdate: UpdateBody {
    public var volume: Int64
    public var cumulative: Int64
    public var expected: Double
    public var relative: Double
    public var score: Double
    public var minute: Int64
    public var sessions: Int64
    public var samples: Int64
    public var since: Int64
    public var reasons: UInt32
    public var alert: UInt8
    public var warming: UInt8
    public var whole: UInt8
    public var unusualLength: UInt8

    public static let reasonNames = ["relative", "score"]

    public static let layout = UpdateLayout(
        template: 39, kind: "unusual", size: MemoryLayout<Self>.size,
        fields: [
            UpdateField("volume", .quantity, \Self.volume, "Volume of the minute."),
            UpdateField(
                "cumulative", .quantity, \Self.cumulative,
                "Volume of the session so far, over the minutes that are compared."),
            UpdateField(
                "expected", .real, \Self.expected, "Mean volume of the same minutes in the sessions before, in steps."),
            UpdateField("relative", .real, \Self.relative, "Cumulative over expected volume (RVOL)."),
            UpdateField(
                "score", .real, \Self.score,
                "Deviations of the minute's logarithm of volume from its mean; null without volume or history."),
            UpdateField("minute", .count, \Self.minute, "The minute of the session, from 0."),
            UpdateField("sessions", .count, \Self.sessions, "Sessions before, of the usual length, that are kept."),
            UpdateField(
                "samples", .count, \Self.samples, "Sessions before that traded in this minute and saw all of it."),
            UpdateField("since", .time, \Self.since, "Since when the alert holds; null where there is none."),
            UpdateField("reasons", .marks(reasonNames), \Self.reasons, "What is at its threshold in this minute."),
            UpdateField("alert", .flag, \Self.alert, "1 while the volume is unusual."),
            UpdateField("warming", .flag, \Self.warming, "1 while there is too little history for an alert."),
            UpdateField("whole", .flag, \Self.whole, "1 where all of the minute was seen; others are not compared."),
            UpdateField(
                "unusualLength", .flag, \Self.unusualLength, "1 where the session is shorter or longer than usual."),
        ],
        meaning: "Volume against what is usual at this minute of the session (definitions §13).")
}
