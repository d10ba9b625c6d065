/// Every analytic that a symbols node may list, beside those that its state computes itself: one list, read from top to
/// bottom, which is also the order in which they see an event. What one leaves on the board, those below it read.
public enum AnalyticCatalogue {
    public static let all: [AnalyticKind] = [
        AnalyticKind(Liquidity.self),
        AnalyticKind(InformationBars.self),
        AnalyticKind(Footprint.self),
        AnalyticKind(Exhaustion.self),
        AnalyticKind(Sweep.self),
        AnalyticKind(Iceberg.self),
        AnalyticKind(Hidden.self),
        AnalyticKind(Absorption.self),
        AnalyticKind(UnusualVolume.self),
        AnalyticKind(Divergence.self),
        AnalyticKind(Touch.self),
        AnalyticKind(TimeProfileAnalytic.self),
        AnalyticKind(MarketStateAnalytic.self),
        AnalyticKind(FlowToxicity.self),
        AnalyticKind(ClassicIndicators.self),
        AnalyticKind(Formulas.self),
        AnalyticKind(Signals.self),
    ]
}
