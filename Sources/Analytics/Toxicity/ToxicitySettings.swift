public import Graph
internal import Market

/// How flow toxicity is measured (definitions §10).
public struct ToxicitySettings: NodeSettings {
    /// What tells buyers from sellers.
    public enum Method: String, CaseIterable, Sendable {
        case both, bulk, trueSide
    }

    /// Where a bucket's volume comes from.
    public enum Volume: Equatable, Sendable {
        /// Billionths of a unit: the bucket itself, or a day's volume of which it is a part.
        case given(Int64)
        case average(Int64)
        case history
    }

    static let standardBuckets = 50
    static let perDayLimit = 10_000
    static let standardSessions = 20
    /// A trading day of minutes in US equities.
    static let standardWindow = 390
    static let standardMinimum = 30
    /// Fifty sessions of fifty buckets.
    static let standardHistory = 2_500
    static let amounts: ClosedRange<Int64> = 1...Price.limit

    public var buckets = standardBuckets
    public var volume = Volume.history
    public var bucketsPerDay = standardBuckets
    public var sessions = standardSessions
    public var width = Duration.seconds(60)
    public var method = Method.both
    /// Price changes whose deviation classifies a bar, and how many must be known before any is.
    public var sigma = standardWindow
    public var minimum = standardMinimum
    public var history = standardHistory
    public var toxic = 0.9

    public init() {}

    public init(reading reader: inout SettingsReader) {
        buckets = reader.integer(
            "buckets", default: buckets, in: 2...VolumeBuckets.spanLimit, meaning: "How many buckets a value covers")
        readVolume(&reader)
        width = reader.duration(
            "width", default: width, in: .seconds(1) ... .seconds(86_400),
            meaning: "The bar whose price change tells buyers from sellers in bulk")
        method = reader.choice(
            "method", default: method, meaning: "Whether sides are told in bulk, by the trades' own sides, or both")
        sigma = reader.integer(
            "sigma", default: sigma, in: 2...ChangeDeviation.windowLimit,
            meaning: "Bars over which the standard deviation of price changes is taken")
        minimum = reader.integer(
            "minimum", default: minimum, in: 2...ChangeDeviation.windowLimit,
            meaning: "Price changes that must be known before volume is told in bulk")
        history = reader.integer(
            "history", default: history, in: 2...RollingRanks.windowLimit,
            meaning: "Earlier values among which a value's rank is taken")
        toxic = reader.real(
            "toxic", default: toxic, in: 0...1, meaning: "The rank above which the flow is called toxic")
        if minimum > sigma {
            reader.fault(
                at: "minimum", problem: "more price changes must be known than sigma keeps",
                remedy: "Write at most \(sigma)")
        }
        if history < buckets {
            reader.fault(
                at: "history", problem: "a rank is given from as many values on as there are buckets",
                remedy: "Write at least \(buckets)")
        }
    }

    private mutating func readVolume(_ reader: inout SettingsReader) {
        let given = reader.optionalDecimal(
            "bucketVolume", in: ToxicitySettings.amounts,
            meaning: "The volume of a bucket in units, rounded up to whole size steps")
        let average = reader.optionalDecimal(
            "averageDailyVolume", in: ToxicitySettings.amounts,
            meaning: "The volume of a day in units; without it, and without bucketVolume, the mean of past sessions")
        bucketsPerDay = reader.integer(
            "bucketsPerDay", default: bucketsPerDay, in: 1...ToxicitySettings.perDayLimit,
            meaning: "Into how many buckets a day's volume is divided")
        sessions = reader.integer(
            "sessions", default: sessions, in: 1...DailyVolumes.windowLimit,
            meaning: "Past sessions whose mean volume stands for a day's")
        if given != nil, average != nil {
            reader.fault(
                at: "averageDailyVolume", problem: "the volume of a bucket is given already",
                remedy: "Write bucketVolume or averageDailyVolume, one of them")
        }
        volume = given.map(Volume.given) ?? average.map(Volume.average) ?? .history
    }

    /// A bucket's volume in steps for a mean daily volume in steps; 0 where there is none.
    func bucketVolume(mean: Int64, sizeStep: Int64) -> Int64 {
        switch volume {
        case .given(let amount): (amount - 1) / sizeStep + 1
        case .average(let amount): amount / sizeStep / Int64(bucketsPerDay)
        case .history: mean / Int64(bucketsPerDay)
        }
    }
}
