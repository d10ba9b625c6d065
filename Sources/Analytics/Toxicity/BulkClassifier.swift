/// Bulk volume classification: how much of a bar's volume buyers started, told by its price change alone
/// (definitions §4, after Easley, López de Prado and O'Hara 2012).
public enum BulkClassifier {
    /// Φ(change / deviation), 0 to 1; one half where prices do not move at all.
    public static func buyShare(change: Double, deviation: Double) -> Double {
        guard deviation > 0 else { return 0.5 }
        return NormalDistribution.share(below: change / deviation)
    }
}
