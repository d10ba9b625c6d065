internal import Market

/// What a formula may read of a symbol beside bars and indicators, as the board says it when the bar is finished; the
/// names are those of formulas.
public enum BoardNumber: String, CaseIterable, BitwiseCopyable, Sendable {
    /// The developing profile: lower edges of rows.
    case poc, vah, val
    case priorpoc, priorvah, priorval, priorhigh, priorlow, priorclose
    /// The session so far.
    case sessionvwap, sessiondeviation, sessionhigh, sessionlow, sessionvolume, sessiondelta
    /// The initial balance once it is complete.
    case ibhigh, iblow
    /// −1 or 1 for an imbalance down or up, 0 for balance and transition; with its confidence, 0 to 1.
    case state, stateconfidence

    public static let names = BoardNumber.allCases.map(\.rawValue)

    /// In units; not a number where nobody has said it. `volume` is the unit of sizes.
    func value(_ board: borrowing Board, volume: CountUnit) -> Double {
        switch self {
        case .poc: BoardNumber.price(board.area?.control)
        case .vah: BoardNumber.price(board.area?.high)
        case .val: BoardNumber.price(board.area?.low)
        case .priorpoc: BoardNumber.price(board.priorArea?.control)
        case .priorvah: BoardNumber.price(board.priorArea?.high)
        case .priorval: BoardNumber.price(board.priorArea?.low)
        case .priorhigh: BoardNumber.price(board.priorHigh)
        case .priorlow: BoardNumber.price(board.priorLow)
        case .priorclose: BoardNumber.price(board.priorClose)
        case .sessionvwap: board.meanPrice
        case .sessiondeviation: board.deviation
        case .sessionhigh: BoardNumber.price(board.sums.shownHigh)
        case .sessionlow: BoardNumber.price(board.sums.shownLow)
        case .sessionvolume: volume.value(board.sums.volume)
        case .sessiondelta: volume.value(board.sums.delta)
        case .ibhigh: BoardNumber.price(board.initialHigh)
        case .iblow: BoardNumber.price(board.initialLow)
        case .state: board.state.map { $0.state == .imbalance ? Double($0.direction) : 0 } ?? .nan
        case .stateconfidence: board.state?.confidence ?? .nan
        }
    }

    /// What a formula that reads it rests on.
    var input: FormulaInputs {
        switch self {
        case .poc, .vah, .val: .profile
        case .priorpoc, .priorvah, .priorval, .priorhigh, .priorlow, .priorclose: .prior
        case .sessionvwap, .sessiondeviation, .sessionhigh, .sessionlow, .sessionvolume, .sessiondelta: .session
        case .ibhigh, .iblow: .session
        case .state, .stateconfidence: .state
        }
    }

    private static func price(_ billionths: Int64?) -> Double {
        guard let billionths, billionths != Price.none.billionths else { return .nan }
        return CountUnit.price.value(billionths)
    }
}

/// What a formula's value rests on beside the bar itself; the names go on the wire.
public struct FormulaInputs: OptionSet, BitwiseCopyable, Hashable, Sendable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public static let indicator = FormulaInputs(rawValue: 1)
    /// Values of earlier bars.
    public static let history = FormulaInputs(rawValue: 2)
    public static let formula = FormulaInputs(rawValue: 4)
    /// The session so far.
    public static let session = FormulaInputs(rawValue: 8)
    public static let profile = FormulaInputs(rawValue: 16)
    public static let prior = FormulaInputs(rawValue: 32)
    public static let state = FormulaInputs(rawValue: 64)

    /// By bit.
    public static let names = ["indicator", "history", "formula", "session", "profile", "prior", "state"]
}
