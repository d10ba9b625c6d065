internal import Memory

/// How many tranches icebergs come to: the Kaplan–Meier estimate over those that ended, the cancelled ones censored
/// (Zotikov and Antonov 2019; definitions §12).
struct TrancheSurvival: ~Copyable, Sendable {
    /// Tranches that are told apart; an iceberg of more counts as censored here.
    static let trancheLimit = 64

    /// How many icebergs were seen to their end.
    private(set) var total: Int64 = 0
    private var filled = FixedCells<Int64>(repeating: 0, count: TrancheSurvival.trancheLimit + 1)
    private var ended = FixedCells<Int64>(repeating: 0, count: TrancheSurvival.trancheLimit + 1)

    /// Notes an iceberg that has ended; `isFilled` where its last tranche was executed, else it might have gone on.
    mutating func note(tranches: Int64, isFilled: Bool) {
        let count = Int(min(max(tranches, 1), Int64(TrancheSurvival.trancheLimit)))
        total += 1
        ended[count] += 1
        if isFilled, tranches <= Int64(TrancheSurvival.trancheLimit) { filled[count] += 1 }
    }

    /// The expected count of tranches of one that is in its `tranches`-th, restricted to the limit; not a number
    /// before `minimum` icebergs have ended, or where none came so far.
    func expected(from tranches: Int64, minimum: Int64) -> Double {
        guard total >= minimum, tranches >= 1, tranches <= TrancheSurvival.trancheLimit else { return .nan }
        var atRisk: Int64 = 0
        for count in Int(tranches)...TrancheSurvival.trancheLimit { atRisk += ended[count] }
        guard atRisk > 0 else { return .nan }
        var survival = 1.0
        var sum = Double(tranches)
        for count in Int(tranches)..<TrancheSurvival.trancheLimit {
            guard atRisk > 0 else { break }
            survival *= 1 - Double(filled[count]) / Double(atRisk)
            sum += survival
            atRisk -= ended[count]
        }
        return sum
    }
}

extension TrancheSurvival: Archivable {
    mutating func archive(_ archive: inout Archive) {
        archive.value(&total)
        archive.cells(&filled)
        archive.cells(&ended)
    }
}
