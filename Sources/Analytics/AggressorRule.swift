/// How the aggressor of a trade is told where the venue does not say it (definitions §4).
///
/// The venue's own flag wins under every rule: a rule speaks of trades that carry none. A quote that is missing on a
/// side, locked or crossed tells nothing, and the tick rule takes its place.
public enum AggressorRule: String, CaseIterable, Hashable, BitwiseCopyable, Sendable {
    /// The venue's flag alone; a trade without one stays neutral.
    case venue
    /// Above the previous price buys, below sells; at the same price the last direction holds.
    case tick
    /// Above the middle of the quote buys, below sells, at the middle nobody.
    case quote
    /// The quote rule, and the tick rule at the middle (Lee and Ready 1991, without their five seconds of lag).
    case leeReady
    /// At the ask buys, at the bid sells, anywhere else the tick rule (Ellis, Michaely and O'Hara 2000).
    case emo
    /// Within three tenths of the spread below the ask buys, above the bid sells, else the tick rule (Chakrabarty and
    /// others 2007).
    case clnv
    /// At the ask or above buys, at the bid or below sells; between them the tick rule, whose memory is the last side
    /// told by any means. This is the rule of orderflow-v1.
    case touch

    /// What is used unless a topology says otherwise.
    public static let standard = AggressorRule.leeReady
}

/// What told a trade's side; it stays with the trade, so that the inferred share of a sum can be shown.
public enum SignMethod: UInt8, CaseIterable, BitwiseCopyable, Sendable {
    /// Nothing did: the trade is neutral.
    case none
    /// The venue's own flag.
    case venue
    /// The middle of the quote.
    case quote
    /// The direction of the last price change.
    case tick
    /// The best bid or ask itself.
    case touch
    /// A band of the spread next to the bid or the ask.
    case band

    /// Whether a side was guessed; false where there is none.
    @inlinable
    public var isInferred: Bool { rawValue > SignMethod.venue.rawValue }

    /// The names in the order of the raw values, as an update's choice lists them.
    public static let names = ["none", "venue", "quote", "tick", "touch", "band"]
}
