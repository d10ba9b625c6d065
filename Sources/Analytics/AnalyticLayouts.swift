public import Updates

/// The layouts of everything that a symbols node publishes: the one list from which schema, documents and subscribers
/// are made. A new kind of update stands here and nowhere else.
public enum AnalyticLayouts {
    /// In the order of their templates.
    public static let all: [UpdateLayout] = [
        CandleUpdate.layout, VolumeWeightedPriceUpdate.layout, ProfileUpdate.layout, DeltaUpdate.layout,
        CumulativeDeltaUpdate.layout, PrintUpdate.layout, TradeUpdate.layout, QuoteUpdate.layout, BookUpdate.layout,
        SessionUpdate.layout,
    ]
}
