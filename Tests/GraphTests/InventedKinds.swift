import Graph
import Market

/// A small list of kinds in the manner of the real ones, so that these tests need no higher floor.
enum InventedKinds {
    static let list = KindList([simulated, live, journal, symbols, console, publish, database])

    static let simulated = NodeKind(name: "simulated", role: .source, meaning: "A seeded market") { reader in
        let selection = reader.symbols("symbols", default: .count(20), counts: 1...1_000, meaning: "How many symbols")
        _ = reader.integer("rate", default: 2_000, in: 1...1_000_000, meaning: "Events a second")
        _ = reader.integer("seed", default: 1, in: 0...Int.max, meaning: "The seed of all chance")
        return .source(symbols: symbolSet(selection), canWait: true)
    }

    static let live = NodeKind(name: "live", role: .source, meaning: "A live feed") { reader in
        let selection = reader.symbols("symbols", default: nil, counts: nil, meaning: "The symbols to subscribe to")
        _ = reader.optionalText("password", meaning: "The account's password")
        return .source(symbols: symbolSet(selection), canWait: false)
    }

    static let journal = NodeKind(name: "journal", role: .source, meaning: "A recorded run") { reader in
        _ = reader.text("folder", default: nil, meaning: "Where it lies")
        return .journal(symbols: .any)
    }

    static let symbols = NodeKind(name: "symbols", role: .symbols, meaning: "An actor per symbol") { reader in
        _ = reader.integer("ring", default: 256, in: 16...65_536, meaning: "Events kept per symbol")
        let topics = reader.objects(
            "analytics", among: ["candles", "vwap", "profile", "delta"], meaning: "What to compute"
        ) {
            name, reader -> [String] in
            switch name {
            case "candles":
                let widths = reader.durations(
                    "widths", default: [.seconds(60)], in: .seconds(1) ... .seconds(86_400), meaning: "The bars' widths"
                )
                return widths.map { "candle/\(DurationText.text($0))/" }
            case "profile":
                _ = reader.real(
                    "valueArea", default: 0.7, in: 0.1...1, meaning: "The share of volume in the value area")
                return ["profile/"]
            case "delta": return ["delta/", "cvd/"]
            default: return ["vwap/"]
            }
        }
        var facts = NodeFacts.symbols(taking: .any, topics: topics.flatMap(\.value), onRequest: ["trade/", "quote/"])
        facts.shards = reader.shards("shards", meaning: "How the symbols are spread")
        return facts
    }

    static let console = NodeKind(name: "console", role: .sink, meaning: "A table on the terminal") { reader in
        _ = reader.duration(
            "refresh", default: .seconds(1), in: .milliseconds(100) ... .seconds(60), meaning: "The pace")
        return .sink(keepsLossless: false, holdings: [])
    }

    static let publish = NodeKind(name: "publish", role: .sink, meaning: "A public endpoint") { reader in
        let bind = reader.text("bind", default: nil, meaning: "The endpoint to bind")
        _ = reader.choice("encoding", default: Encoding.json, meaning: "What an update looks like")
        var facts = NodeFacts.sink(
            keepsLossless: true, holdings: [NodeFacts.Holding(field: "bind", endpoint: bind)])
        facts.standsBesideSymbols = true
        return facts
    }

    static let database = NodeKind(name: "database", role: .sink, meaning: "A file of rows") { reader in
        let file = reader.text("file", default: nil, meaning: "The file to write")
        _ = reader.optionalDuration("flush", in: .zero ... .seconds(60), meaning: "How long rows may wait")
        return .sink(keepsLossless: true, holdings: [NodeFacts.Holding(field: "file", endpoint: "file:" + file)])
    }

    enum Encoding: String, CaseIterable { case json, binary }

    static func symbolSet(_ selection: SymbolSelection) -> SymbolSet {
        switch selection {
        case .count(let count): SymbolSet(names: (1...count).map { "SIM\($0)" })
        case .patterns(let patterns): SymbolSet(patterns)
        }
    }
}
