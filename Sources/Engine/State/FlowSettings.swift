public import Analytics
public import Graph
public import Market

/// What a symbols node computes and how: the settings of a `symbols` node in a topology.
public struct FlowSettings: Sendable {
    /// Events of one symbol's ring, a power of two; and how many of them stay readable once consumed.
    public var ring = 256
    public var memory = 64
    public var symbolLimit = 16_384
    public var lanes = 1
    /// How the symbols are spread over processes.
    public var shards = ShardPlan.whole
    /// Events that a source stages before it publishes them, 1 to `RouterLimits.batch`.
    public var batchLimit = 64
    /// How long an idle lane looks for events before it sleeps: as long as a core can be spared for it.
    public var spin = FlowSettings.standardSpin
    /// The core that the first lane is tied to; each further lane to the next one. Nil where the system may choose.
    public var core: Int?
    /// How often values that still grow are published, in event time; zero stands for never.
    public var live = Duration.seconds(1)
    /// How long after its end a bar waits for late trades before it is closed.
    public var grace = Duration.zero
    /// How long after its end a closed bar can be revised by late trades.
    public var horizon = Duration.seconds(35)
    /// Trades of one symbol that are kept so that they can be taken back; 0 for none.
    public var keptTrades = FlowSettings.standardKeptTrades
    public var sideRule = AggressorRule.standard
    public var firstSign = Side.unknown
    public var candles: BarSettings?
    public var delta: BarSettings?
    public var weightedPrice: WeightedPriceSettings?
    public var profile: ProfileSettings?
    public var print: PrintSettings?
    /// Those of `AnalyticCatalogue`, in its order.
    public var analytics: [AnalyticChoice] = []
    /// Events republished after classification; only where an edge asks for them.
    public var republished: Set<RepublishedTopic> = []

    /// 4 MiB of a symbol that trades that much.
    public static let standardKeptTrades = 65_536
    /// So that a busy feed never pays for a wake-up. On two cores more of it hurts: who looks for news keeps
    /// those from a core who have some (docs/performance.md).
    public static let standardSpin = Duration.microseconds(5)
    public static let keptTradesLimit = 16_777_216

    public init() {}
}

/// Bars of one analytic: their widths.
public struct BarSettings: Sendable {
    /// Above zero, whole milliseconds, at most 32.
    public var widths: [Duration]
    public static let widthLimit = 32
    public init(widths: [Duration]) { self.widths = widths }
}

public struct WeightedPriceSettings: Sendable {
    public init() {}
}

/// The volume profile of a session.
public struct ProfileSettings: Sendable {
    public var area = ValueAreaRule.standard
    /// Row height in ticks.
    public var rowTicks = 1
    public var rowLimit = VolumeProfile.standardRowLimit
    public var nodes = VolumeNodeRule.standard
    /// How often the developing POC and value area are published; zero stands for never.
    public var developing = Duration.seconds(60)
    /// How often all rows are published while the session runs; zero stands for never.
    public var rows = Duration.seconds(5)
    public init() {}
}

/// Big prints: sizes above a rolling percentile.
public struct PrintSettings: Sendable {
    /// Sizes that are looked back on.
    public var window = RollingSizes.standardWindow
    /// The percentile in millionths.
    public var shareInMillionths = BigPrint.standardShareInMillionths
    /// Sizes that must have been seen before any is big.
    public var minimumCount = BigPrint.standardMinimumCount
    /// The least price × size, in billionths of the quote currency.
    public var minimumNotional: Int64 = 0
    public init() {}
}

/// Topics that carry events on, one update per event.
public enum RepublishedTopic: String, CaseIterable, Sendable {
    case trade, quote, book
}
