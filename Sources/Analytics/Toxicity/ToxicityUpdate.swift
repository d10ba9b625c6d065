public import Updates

/// What must be known of a toxicity beside its value.
public struct ToxicityMarks: OptionSet, BitwiseCopyable, Sendable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }
    /// Prices did not move over the whole window of the deviation: a bar was split half and half.
    public static let flat = ToxicityMarks(rawValue: 1)
    /// A bar or a trade filled more buckets than are looked back on; the first of them have no value of their own.
    public static let skipped = ToxicityMarks(rawValue: 2)

    static let names = ["flat", "skipped"]
}

/// Flow toxicity by the VPIN method, as it goes out (definitions §10).
public struct ToxicityUpdate: UpdateBody {
    /// 0 to 1, as the ranks.
    public var bulk: Double
    public var bulkRank: Double
    public var trueSide: Double
    public var trueSideRank: Double
    /// Quote currency.
    public var deviation: Double
    /// Units, as the three below.
    public var bulkBuy: Double
    public var bulkSell: Double
    public var trueSideBuy: Double
    public var trueSideSell: Double
    public var bulkBuckets: Int64
    public var trueSideBuckets: Int64
    /// Steps.
    public var bucketVolume: Int64
    public var pending: Int64
    public var marks: UInt32
    public var bulkToxic: UInt8
    public var trueSideToxic: UInt8
    public var method: UInt8
    public var volumeSource: UInt8

    static let methods = ToxicitySettings.Method.allCases.map(\.rawValue)
    static let volumeSources = ["given", "average", "history"]

    public static let layout = UpdateLayout(
        template: 46, kind: "toxicity", size: MemoryLayout<Self>.size,
        fields: [
            UpdateField(
                "vpin", .real, \Self.bulk, "Flow toxicity (VPIN method), sides told in bulk; null before n buckets."),
            UpdateField("vpinRank", .real, \Self.bulkRank, "Part of the earlier values that do not exceed vpin."),
            UpdateField(
                "trueSide", .real, \Self.trueSide, "Flow toxicity by the trades' own sides; null before n buckets."),
            UpdateField(
                "trueSideRank", .real, \Self.trueSideRank, "Part of the earlier values that do not exceed trueSide."),
            UpdateField(
                "sigma", .real, \Self.deviation, "Sample standard deviation of the bars' price changes, quote currency."
            ),
            UpdateField("bucketBuy", .real, \Self.bulkBuy, "Buyers' volume of the last bucket in bulk, units."),
            UpdateField("bucketSell", .real, \Self.bulkSell, "Sellers' volume of the last bucket in bulk, units."),
            UpdateField(
                "trueSideBuy", .real, \Self.trueSideBuy,
                "Buyers' volume of the last bucket by true sides, units; neutral volume is half theirs."),
            UpdateField(
                "trueSideSell", .real, \Self.trueSideSell, "Sellers' volume of the last bucket by true sides, units."),
            UpdateField("buckets", .count, \Self.bulkBuckets, "Buckets filled in bulk since the start."),
            UpdateField(
                "trueSideBuckets", .count, \Self.trueSideBuckets, "Buckets filled by true sides since the start."),
            UpdateField("bucketVolume", .quantity, \Self.bucketVolume, "Volume of a bucket that is begun now."),
            UpdateField(
                "correctionsPending", .quantity, \Self.pending,
                "Volume that late trades, cancels and corrections of the session changed: no bucket holds it."),
            UpdateField(
                "marks", .marks(ToxicityMarks.names), \Self.marks, "What was out of the ordinary since the last."),
            UpdateField("toxic", .flag, \Self.bulkToxic, "1 where vpinRank exceeds the threshold of the settings."),
            UpdateField("trueSideToxic", .flag, \Self.trueSideToxic, "1 where trueSideRank exceeds it."),
            UpdateField("method", .choice(methods), \Self.method, "Which of both are computed."),
            UpdateField(
                "volumeSource", .choice(volumeSources), \Self.volumeSource, "Where the bucket's volume is from."),
        ],
        meaning: "Flow toxicity (VPIN method): how lopsided the last n buckets of equal volume were.")
}
