/// How the symbols of a node are spread over processes: every symbol belongs to exactly one shard, whoever asks.
///
/// A symbol that a set names goes to that shard, by name before pattern. All others are hashed over the shards that
/// take them, by the highest random weight (Thaler and Ravishankar, 1996): with one shard more, only the symbols that
/// the new one takes move.
public struct ShardPlan: Hashable, Sendable {
    /// Shards of one node.
    public static let limit = 256
    /// Everything in one place.
    public static let whole = ShardPlan(count: 1)

    public let count: Int
    /// By shard, the symbols that it takes by name or pattern; empty where all are hashed.
    let sets: [SymbolSet]
    /// The shards over which all others are hashed.
    let open: [Int]

    /// Symbols hashed over so many shards.
    public init(count: Int) {
        precondition(count > 0 && count <= ShardPlan.limit, "A node must have a shard, and no more than the limit.")
        self.count = count
        sets = []
        open = Array(0..<count)
    }

    /// - Parameter sets: the names and patterns of each shard; `*` alone stands for whatever no other pattern takes,
    ///   and one shard at least must have it.
    init(sets: [[SymbolPattern]]) {
        count = sets.count
        self.sets = sets.map { SymbolSet($0.filter { $0 != .any }) }
        open = sets.indices.filter { sets[$0].contains(.any) }
        precondition(!open.isEmpty, "Some shard must take the symbols that none names.")
    }

    public func shard(of symbol: String) -> Int {
        guard count > 1 else { return 0 }
        if let named = sets.firstIndex(where: { $0.names.contains(symbol) }) { return named }
        if let matched = sets.firstIndex(where: { $0.contains(symbol) }) { return matched }
        let hash = ShardPlan.hash(symbol)
        var best = (shard: open[0], weight: ShardPlan.weight(hash, open[0]))
        for shard in open.dropFirst() {
            let weight = ShardPlan.weight(hash, shard)
            if weight > best.weight { best = (shard, weight) }
        }
        return best.shard
    }

    /// One line that tells this plan from every other: what a data folder was made for.
    public var text: String {
        guard !sets.isEmpty else { return "\(count)" }
        return sets.indices.map { shard in
            (sets[shard].patterns.map { Quoted.text($0.description) } + (open.contains(shard) ? ["*"] : []))
                .joined(separator: " ")
        }.joined(separator: "; ")
    }

    /// FNV-1a over the name's UTF-8.
    private static func hash(_ name: String) -> UInt64 {
        name.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }

    /// The finaliser of SplitMix64 over both: shards see a symbol's hash independently of each other.
    private static func weight(_ hash: UInt64, _ shard: Int) -> UInt64 {
        var mixed = hash &+ 0x9e37_79b9_7f4a_7c15 &* UInt64(shard + 1)
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}

extension SettingsReader {
    /// How a node's symbols are spread: a number of shards, or the symbols of each.
    public mutating func shards(_ name: String, meaning: String) -> ShardPlan {
        var field = SettingField(name, "count or list of symbol sets", meaning: meaning, required: false)
        field.range = Conversion.text(1...ShardPlan.limit)
        field.standard = "1"
        guard let (value, path) = take(field) else { return .whole }
        guard let elements = value.elements else {
            let count: Int? = convert(value, at: path) { value throws(Complaint) in
                try Conversion.integer(value, in: 1...ShardPlan.limit)
            }
            return ShardPlan(count: count ?? 1)
        }
        guard !elements.isEmpty, elements.count <= ShardPlan.limit else {
            append(
                Complaint(
                    problem: "the list has \(elements.count) shards", remedy: "Write 1 to \(ShardPlan.limit) of them"),
                at: path, position: value.position)
            return .whole
        }
        let sets = elements.enumerated().map { symbolList($1, at: path.element($0)) ?? [.any] }
        if let complaint = SettingsReader.complaint(about: sets) {
            append(complaint, at: path, position: value.position)
            return .whole
        }
        return ShardPlan(sets: sets)
    }

    private static func complaint(about sets: [[SymbolPattern]]) -> Complaint? {
        guard sets.contains(where: { $0.contains(.any) }) else {
            return Complaint(
                problem: "no shard takes the symbols that none names",
                remedy: "Add \"*\" to the set of one or more shards")
        }
        for (index, set) in sets.enumerated() {
            for pattern in set where pattern != .any {
                let rivals = sets[..<index].joined().filter { $0 != .any && $0.isName == pattern.isName }
                guard let rival = rivals.first(where: { $0.overlaps(pattern) }) else { continue }
                return Complaint(
                    problem: "\(Quoted.text(rival.description)) and \(Quoted.text(pattern.description)) of two shards "
                        + "take the same symbols",
                    remedy: "Leave each symbol to one shard")
            }
        }
        return nil
    }
}
