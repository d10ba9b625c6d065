public import Updates

/// The layouts of everything that a symbols node publishes: the one list from which schema, documents and subscribers
/// are made.
public enum AnalyticLayouts {
    /// In the order of their templates.
    public static let all: [UpdateLayout] = own + AnalyticCatalogue.all.flatMap(\.layouts)

    /// Those of the values that a symbol's state keeps itself.
    private static let own: [UpdateLayout] = [
        CandleUpdate.layout, VolumeWeightedPriceUpdate.layout, ProfileUpdate.layout, DeltaUpdate.layout,
        CumulativeDeltaUpdate.layout, PrintUpdate.layout, TradeUpdate.layout, QuoteUpdate.layout, BookUpdate.layout,
        SessionUpdate.layout, QualityUpdate.layout,
    ]
}
