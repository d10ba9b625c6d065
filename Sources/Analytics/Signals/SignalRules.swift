internal import Market
internal import Memory
internal import Updates

/// The rules that are switched on, with what each remembers.
struct SignalRules: Sendable {
    private var settings: SignalSettings.Rules
    private var trend: TrendRule?
    private var reversion: ReversionRule?
    private var eighty: EightyRule?
    private var sma: CrossingLane<AverageCross>?
    private var rsi: CrossingLane<StrengthReturn>?
    private var macd: CrossingLane<DivergenceCross>?
    private var bollinger: CrossingLane<BandReturn>?

    init(_ settings: SignalSettings.Rules) {
        self.settings = settings
        trend = settings.trend.map { TrendRule($0) }
        reversion = settings.reversion.map { ReversionRule($0) }
        eighty = settings.eighty ? EightyRule() : nil
        sma = settings.sma.map { CrossingLane(.sma, AverageCross($0)) }
        rsi = settings.rsi.map { CrossingLane(.rsi, StrengthReturn($0)) }
        macd = settings.macd.map { CrossingLane(.macd, DivergenceCross($0)) }
        bollinger = settings.bollinger.map { CrossingLane(.bollinger, BandReturn($0)) }
    }

    /// An indicator whose settings changed begins anew; the other rules go on with the new ones.
    mutating func change(to new: SignalSettings.Rules) {
        let old = settings
        settings = old.taking(new)
        if let changed = settings.trend { trend?.settings = changed }
        if let changed = settings.reversion { reversion?.settings = changed }
        if settings.sma != old.sma { sma = settings.sma.map { CrossingLane(.sma, AverageCross($0)) } }
        if settings.rsi != old.rsi { rsi = settings.rsi.map { CrossingLane(.rsi, StrengthReturn($0)) } }
        if settings.macd != old.macd { macd = settings.macd.map { CrossingLane(.macd, DivergenceCross($0)) } }
        if settings.bollinger != old.bollinger {
            bollinger = settings.bollinger.map { CrossingLane(.bollinger, BandReturn($0)) }
        }
    }

    mutating func openSession() {
        trend?.restart()
        reversion?.restart()
        eighty?.openSession()
    }

    /// A gap or a halt: nothing before it is compared with what follows.
    mutating func restart() {
        trend?.restart()
        reversion?.restart()
        sma?.restart()
        rsi?.restart()
        macd?.restart()
        bollinger?.restart()
    }

    /// What a rule proposes at this bar. Each that is switched on must be asked at every bar.
    mutating func proposal(
        _ rule: SignalRule, _ moment: SignalMoment, _ board: borrowing Board, _ quality: Quality,
        _ trail: BarTrail
    ) -> SignalProposal? {
        switch rule {
        case .trend: trend?.receive(moment, board)
        case .reversion: reversion?.receive(moment, board)
        case .eighty: eighty?.receive(moment, board)
        case .sma: sma?.receive(moment, quality, trail)
        case .rsi: rsi?.receive(moment, quality, trail)
        case .macd: macd?.receive(moment, quality, trail)
        case .bollinger: bollinger?.receive(moment, quality, trail)
        }
    }
}

extension SignalRules: Archivable {
    mutating func archive(_ archive: inout Archive) {
        trend?.archive(&archive)
        reversion?.archive(&archive)
        eighty?.archive(&archive)
        sma?.archive(&archive)
        rsi?.archive(&archive)
        macd?.archive(&archive)
        bollinger?.archive(&archive)
    }
}
