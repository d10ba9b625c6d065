public import Graph

/// How the book is looked at: settings of the analytic `book`.
public struct LiquiditySettings: NodeSettings, Equatable {
    /// How much each level counts in the depth imbalance.
    public enum Weights: String, CaseIterable, Sendable {
        case equal
        /// exp(−0.5 k) for the k-th level from 0 on (definitions §9).
        case exponential
    }

    /// Levels of depth: sums of so many sizes stay within 64 bits.
    public static let levelLimit = 50
    /// Levels of a published ladder: an update of both sides stays below 10 kB.
    public static let ladderLimit = 200

    public var levels = 5
    public var weights = Weights.equal
    public var ladder = 0
    public var interval = Duration.seconds(1)
    public var microprice: MicropriceTable?

    public init() {}

    public init(reading reader: inout SettingsReader) {
        levels = reader.integer(
            "levels", default: levels, in: 1...LiquiditySettings.levelLimit,
            meaning: "Levels of each side in depth, depth imbalance and order flow")
        weights = reader.choice(
            "weights", default: weights, meaning: "How much each level counts in the depth imbalance")
        ladder = reader.integer(
            "ladder", default: ladder, in: 0...LiquiditySettings.ladderLimit,
            meaning: "Levels of each side that are published one by one; 0 for none")
        interval = reader.duration(
            "interval", default: interval, in: .zero ... .seconds(86_400),
            meaning: "The window of the order flow, at whose end the book is published; `off` for each of its changes")
        microprice =
            reader.optionalObject(
                "microprice", meaning: "The symbol's trained chain of imbalance and spread; without it no microprice",
                LiquiditySettings.table) ?? nil
    }

    /// The weight of each level. e^(−0.5), multiplied up: no two machines differ in it.
    var weightsByRank: [Double] {
        let factor = weights == .equal ? 1 : 0.606_530_659_712_633_4
        return (1..<levels).reduce(into: [1]) { weights, _ in weights.append(weights[weights.count - 1] * factor) }
    }

    // MARK: Microprice

    private static func table(_ reader: inout SettingsReader) -> MicropriceTable? {
        let buckets = reader.integer(
            "buckets", default: nil, in: 2...20, meaning: "Buckets of equal width into which the imbalance falls")
        let spreads = reader.integer(
            "spreads", default: nil, in: 1...5, meaning: "Spreads in ticks, from 1 on; wider ones have no microprice")
        let stays = matrix("q", meaning: "How likely the mid stays, by state and next state", &reader)
        let renewals = matrix("t", meaning: "How likely the mid moves, by state and the state behind the move", &reader)
        let exits = matrix("r", meaning: "How likely the mid moves, by state and move", &reader)
        let moves = numbers("k", meaning: "The moves of the mid, in ticks", &reader)
        guard !reader.isListing, let stays, let renewals, let exits, let moves else { return nil }
        let chain = MicropriceChain(stays: stays, renewals: renewals, exits: exits, moves: moves)
        if let problem = chain.problem(states: buckets * spreads) {
            reader.fault(
                problem: problem, remedy: "Write q, t, r and k as they were trained, (spread - 1) x buckets first")
            return nil
        }
        guard let adjustments = chain.adjustments else {
            reader.fault(
                problem: "the chain does not settle",
                remedy: "Train it on data that were made symmetric, as Stoikov does")
            return nil
        }
        return MicropriceTable(buckets: buckets, spreads: spreads, adjustments: adjustments)
    }

    /// A list of rows of numbers; nil, with its fault, where it is none.
    private static func matrix(_ name: String, meaning: String, _ reader: inout SettingsReader) -> [[Double]]? {
        let type = "list of lists of numbers"
        guard let value = reader.value(name, type: type, required: true, meaning: meaning) else { return nil }
        let rows = value.elements?.compactMap(numbers) ?? []
        if let elements = value.elements, rows.count == elements.count { return rows }
        reader.fault(at: name, problem: "this is no \(type)", remedy: "Write a list of numbers for each state")
        return nil
    }

    private static func numbers(_ name: String, meaning: String, _ reader: inout SettingsReader) -> [Double]? {
        let type = "list of numbers"
        guard let value = reader.value(name, type: type, required: true, meaning: meaning) else { return nil }
        if let numbers = numbers(value) { return numbers }
        reader.fault(at: name, problem: "this is no \(type)", remedy: "Write a list of numbers")
        return nil
    }

    private static func numbers(_ value: JSONValue) -> [Double]? {
        guard let elements = value.elements else { return nil }
        let numbers = elements.compactMap { element -> Double? in
            guard case .number(let digits) = element.content, let number = Double(digits) else { return nil }
            return number.isFinite ? number : nil
        }
        return numbers.count == elements.count ? numbers : nil
    }
}

extension MicropriceChain {
    /// What is wrong with the shape or the chances of a chain of so many states; nil where nothing is.
    func problem(states: Int) -> String? {
        guard stays.count == states, renewals.count == states, exits.count == states else {
            return "q, t and r must have a row for each of the \(states) states"
        }
        guard stays.allSatisfy({ $0.count == states }), renewals.allSatisfy({ $0.count == states }) else {
            return "the rows of q and t must have a number for each of the \(states) states"
        }
        guard exits.allSatisfy({ $0.count == moves.count }) else {
            return "the rows of r must have a number for each of the \(moves.count) moves"
        }
        let chances = (stays + renewals + exits).joined()
        guard chances.allSatisfy({ $0 >= 0 && $0 <= 1 }) else {
            return "the chances of q, t and r must lie from 0 to 1"
        }
        for state in 0..<states {
            let (stay, renewal, exit) = (sum(stays[state]), sum(renewals[state]), sum(exits[state]))
            guard abs(stay + exit - 1) < 1e-6, abs(renewal - exit) < 1e-6 else {
                return "from state \(state) the chances of q and r must add up to 1, and those of t to those of r"
            }
        }
        return nil
    }

    private func sum(_ row: [Double]) -> Double { row.reduce(0, +) }
}
