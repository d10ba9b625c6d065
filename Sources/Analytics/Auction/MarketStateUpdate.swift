public import Updates

/// The state of the market at one evaluation, with everything that it was made of.
public struct MarketStateUpdate: UpdateBody {
    public var score: Double
    public var confidence: Double
    public var features: MarketFeatures
    public var liveShare: Double
    public var since: Int64
    public var held: Int64
    public var run: Int64
    public var acceptedSince: Int64
    public var used: UInt32
    public var state: UInt8
    public var direction: UInt8
    public var asked: UInt8
    public var accepted: UInt8

    public static let stateNames = StateReading.State.allCases.map { "\($0)" }
    public static let directionNames = ["none", "up", "down"]

    public static let layout = UpdateLayout(
        template: 51, kind: "state", size: MemoryLayout<Self>.size,
        fields: [
            UpdateField("score", .real, \Self.score, "Weighted mean of the features used, 0 to 1; null with too few."),
            UpdateField(
                "confidence", .real, \Self.confidence,
                "Twice the distance of the score from 0.5, times the data quality; 0 without a score."),
        ] + MarketFeatures.fields(at: \Self.features) + holdFields,
        meaning: "Whether the market is in balance, out of balance or between, and why.")

    private static let holdFields = [
        UpdateField(
            "dataQuality", .real, \Self.liveShare,
            "Covered part of the window's time times signed part of its volume, 0 to 1."),
        UpdateField("since", .time, \Self.since, "Venue time since which the state holds."),
        UpdateField("held", .count, \Self.held, "Evaluations since then, the one that began it not counted."),
        UpdateField("inRow", .count, \Self.run, "Evaluations in a row that asked for the same state."),
        UpdateField(
            "acceptedSince", .time, \Self.acceptedSince, "End of the bracket since which `accepted` holds, else null."),
        UpdateField("used", .marks(MarketFeatures.names), \Self.used, "Features that are part of the score."),
        UpdateField("state", .choice(stateNames), \Self.state, "The state that holds."),
        UpdateField("direction", .choice(directionNames), \Self.direction, "Where an imbalance goes."),
        UpdateField("asked", .choice(stateNames), \Self.asked, "The state that this score alone would have."),
        UpdateField(
            "accepted", .choice(AuctionPlace.names), \Self.accepted,
            "Where against the prior value area the last brackets traded, if all did so."),
    ]
}

extension MarketFeatures {
    static func fields<Root>(at path: KeyPath<Root, MarketFeatures>) -> [UpdateField] {
        [
            UpdateField(
                "migration", .real, path.appending(path: \.migration),
                "f1: 1 less the overlap of developing and prior value area over the smaller one."),
            UpdateField(
                "outside", .real, path.appending(path: \.outside),
                "f2: part of the window's volume outside of the prior value area."),
            UpdateField(
                "extension", .real, path.appending(path: \.extent),
                "f3: extension of the initial balance over its height, at most 1; 0 where on both sides."),
            UpdateField(
                "efficiency", .real, path.appending(path: \.efficiency),
                "f4: net change over the sum of changes of one-minute bars."),
            UpdateField(
                "pressure", .real, path.appending(path: \.pressure), "f5: delta without its sign over volume, window."),
            UpdateField(
                "singlePrints", .real, path.appending(path: \.singlePrints), "f6: part of rows with exactly one TPO."),
            UpdateField(
                "distance", .real, path.appending(path: \.distance),
                "f7: distance from the session's mean price in pairs of deviations, at most 1."),
        ]
    }
}
