/// A ratio beside the last stored one of the same circumstances, and what that tells.
struct RatioComparison: CustomStringConvertible, Sendable {
    enum Verdict: String, Sendable {
        case same, better, worse
        /// Nothing is stored, or nobody knows which way is better.
        case none = "no verdict"
        /// Others used the machine: what differs may be theirs.
        case unquiet = "no verdict, since others used the machine"
    }

    /// Which way is better.
    private enum Aim { case less, more }

    /// What others may use of the machine in a run that is judged.
    static let quiet = 0.05
    /// How far a ratio may move where no spread says how steady it is.
    private static let tolerance = 0.1

    let verdict: Verdict
    let description: String

    /// - Parameters:
    ///   - field: `ratio`, `ratio_p99` …; its spread stands in `least`, `most`, or `least_p99`, `most_p99`.
    ///   - then: The stored line, nil where there is none, and the commit that it was measured at.
    init(of field: String, subject: String, now: ResultLine, then: ResultLine?, at revision: String?) {
        let value = "\(subject): \(field) \(now[field] ?? "none")"
        guard let then, let new = RatioComparison.number(field, now), let old = RatioComparison.number(field, then),
            old > 0
        else {
            verdict = .none
            description = "\(value), nothing stored to compare with"
            return
        }
        let quotient = (new / old * 1_000).rounded() / 1_000
        let place = revision.map { " at \($0)" } ?? ""
        verdict = RatioComparison.verdict(field, now, then)
        description = "\(value), was \(old)\(place), \(quotient) times that: \(verdict.rawValue)"
    }

    private static func number(_ field: String, _ line: ResultLine) -> Double? { line[field].flatMap { Double($0) } }

    private static func aim(of benchmark: String) -> Aim? {
        switch benchmark {
        case "latency": .less
        case "orderflow-v1", "throughput", "fan-out", "recovery", "store", "redis": .more
        default: nil
        }
    }

    /// Two ratios differ where the spreads of their rounds have nothing in common.
    private static func verdict(_ field: String, _ now: ResultLine, _ then: ResultLine) -> Verdict {
        guard let aim = aim(of: now.benchmark), let new = spread(field, now), let old = spread(field, then) else {
            return .none
        }
        guard isQuiet(now), isQuiet(then) else { return .unquiet }
        if new.lowerBound > old.upperBound { return aim == .more ? .better : .worse }
        if new.upperBound < old.lowerBound { return aim == .more ? .worse : .better }
        return .same
    }

    /// Between which values a ratio lay: by its rounds, or by the tolerance around it.
    private static func spread(_ field: String, _ line: ResultLine) -> ClosedRange<Double>? {
        let end = field.dropFirst("ratio".count)
        if let least = number("least\(end)", line), let most = number("most\(end)", line), least <= most {
            return least...most
        }
        return number(field, line).map { $0 * (1 - tolerance / 2)...$0 * (1 + tolerance / 2) }
    }

    private static func isQuiet(_ line: ResultLine) -> Bool { number("others", line).map { $0 <= quiet } ?? false }
}
