import Market

/// What a trade's sale conditions let it do, spelled out for the few codes of tape C that random tapes use
/// (definitions §2): letters for open and close, high and low, and volume.
struct PlainSale {
    /// Of the minute's bar; its open and close go with high and low.
    var movesPrice = true
    var hasVolume = true
    /// Of the day's bar.
    var dayHighLow = true
    var dayOpenClose: Character = "Y"
    var isFlow = true
    var isAuction = false
    var isInProfile = true
    /// Without a tape every marked trade is watched and signed as its marks say.
    var isTaped = false

    static let codes = [
        "", "@", "@ F", "F", "@ I", "I", "4", "@ 4 I", "@ Z", "Z", "T", "@ T I", "Q", "9", "O", "J", "@ P",
    ]

    private static let rules: [Character: (minute: String, day: String)] = [
        "@": ("YYY", "YYY"), "F": ("YYY", "YYY"), "I": ("NNY", "NNY"), "4": ("NNY", "FYY"), "Z": ("NNY", "FYY"),
        "T": ("YYY", "NNY"), "Q": ("NNN", "NNN"), "9": ("NNN", "YYN"), "O": ("YYY", "YYY"), "P": ("NNY", "FYY"),
    ]

    init(_ event: MarketEvent) {
        if event.tape != nil {
            isTaped = true
            take(SaleCodes.text(event.conditions))
        }
        guard event.marks.contains(.volumeOnly) else { return }
        (movesPrice, dayHighLow, dayOpenClose, isInProfile) = (false, false, "N", false)
    }

    private mutating func take(_ codes: String) {
        let found = codes.map { PlainSale.rules[$0] ?? ("NNY", "NNY") }
        func strictest(_ letters: [Character]) -> Character {
            letters.contains("N") ? "N" : letters.contains("F") ? "F" : "Y"
        }
        func column(_ index: Int, _ path: KeyPath<(minute: String, day: String), String>) -> Character {
            strictest(found.map { Array($0[keyPath: path])[index] })
        }
        movesPrice = column(1, \.minute) == "Y"
        hasVolume = column(2, \.minute) == "Y"
        dayHighLow = column(1, \.day) == "Y"
        dayOpenClose = column(0, \.day)
        isInProfile = hasVolume && codes.allSatisfy { "@FITO".contains($0) }
        isAuction = codes.contains("O")
        isFlow = isInProfile && !isAuction
    }
}
