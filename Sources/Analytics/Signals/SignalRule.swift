/// The rules that may make a signal; all of them are our own proposals and no standard (definitions §16).
public enum SignalRule: UInt8, CaseIterable, BitwiseCopyable, Sendable {
    case trend, reversion, eighty, sma, rsi, macd, bollinger

    public static let names = SignalRule.allCases.map { "\($0)" }

    var place: Int { Int(rawValue) }
    /// Whether it reads the auction (state, areas, acceptance), and not bars alone.
    var readsAuction: Bool { rawValue <= SignalRule.eighty.rawValue }
}

/// What has become of a signal.
public enum SignalStatus: UInt8, CaseIterable, BitwiseCopyable, Sendable {
    case open, target, stopped, invalidated, expired, sessionEnd, revised

    public static let names = SignalStatus.allCases.map { "\($0)" }
}
