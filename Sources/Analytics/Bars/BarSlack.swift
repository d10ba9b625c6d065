/// What is still to come before a bar may be complete: fewer trades than `trades`, of less volume than `volume`, surely
/// leave it open.
struct BarSlack: BitwiseCopyable, Sendable {
    /// More is not counted: as many steps as no few trades have.
    static let limit = Int64(1) << 60

    var trades = BarSlack.limit
    /// Steps.
    var volume = BarSlack.limit

    mutating func narrow(to other: BarSlack) {
        trades = min(trades, other.trades)
        volume = min(volume, other.volume)
    }
}
