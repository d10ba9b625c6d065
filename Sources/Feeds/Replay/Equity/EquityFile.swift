internal import Market

/// What the name of a US equity tick file says: `20131007_ibm_Trade_Tick.csv`.
struct EquityFile: Equatable {
    let date: CivilDate
    /// In capitals.
    let symbol: String
    let isQuotes: Bool

    /// Nil for any other name; folders before the name and `.gz` or `.zst` behind it do not count.
    init?(path: String) {
        guard let last = path.split(separator: "/").last else { return nil }
        let parts = last.split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0].utf8.count == 8, let number = Int(parts[0]) else { return nil }
        let kind = parts[2].lowercased()
        guard kind == "trade" || kind == "quote", !parts[1].isEmpty else { return nil }
        guard ["tick.csv", "tick.csv.gz", "tick.csv.zst"].contains(parts[3].lowercased()) else { return nil }
        let date = CivilDate(year: number / 10_000, month: number / 100 % 100, day: number % 100)
        guard (1_970..<2_262).contains(date.year), CivilDate(daysSinceEpoch: date.daysSinceEpoch) == date else {
            return nil
        }
        self.date = date
        symbol = parts[1].uppercased()
        isQuotes = kind == "quote"
    }
}
