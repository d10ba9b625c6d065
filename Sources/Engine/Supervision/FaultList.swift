internal import Wire

/// The faults of a symbols node's symbols, and the rules by which they become a quarantine.
///
/// As text it has one line for each: standing, symbol, event number, `event` or `told`, ends, reason.
public struct FaultList: Equatable, Sendable {
    /// Ends of the process at one event before its symbol is left out.
    public static let endLimit = 2
    /// Faults that are kept; the oldest suspects, then the oldest released ones, make room.
    public static let limit = 4_096

    public private(set) var faults: [SymbolFault] = []

    public init() {}

    /// What is quarantined now: each symbol once.
    public var quarantined: [SymbolFault] { faults.filter { $0.standing == .quarantined } }

    /// The process has ended while it took an event, by that event's fault.
    public mutating func noteEnd(of symbol: String, at place: EventPlace, reason: String) {
        if let index = faults.firstIndex(where: { $0.symbol == symbol && $0.place == place }) {
            faults[index].ends += 1
            faults[index].reason = reason
            // One that was let go on and ends here again has shown what it is.
            if faults[index].ends >= FaultList.endLimit || faults[index].standing == .released {
                faults[index].standing = .quarantined
            }
            return
        }
        faults.removeAll { $0.symbol == symbol && $0.standing == .suspect }
        add(SymbolFault(symbol: symbol, place: place, standing: .suspect, ends: 1, reason: reason))
    }

    /// The state has said by itself that it cannot go on; what is known already is no news.
    public mutating func noteReturned(_ fault: SymbolFault) {
        if let index = faults.firstIndex(where: { $0.symbol == fault.symbol && $0.place == fault.place }) {
            faults[index].standing = .quarantined
            faults[index].reason = fault.reason
        } else {
            add(fault)
        }
    }

    /// Lets a symbol go on; false where it is not quarantined.
    public mutating func release(_ symbol: String) -> Bool {
        guard let index = faults.firstIndex(where: { $0.symbol == symbol && $0.standing == .quarantined }) else {
            return false
        }
        faults[index].standing = .released
        return true
    }

    private mutating func add(_ fault: SymbolFault) {
        if faults.count >= FaultList.limit {
            let oldest =
                faults.firstIndex { $0.standing == .suspect } ?? faults.firstIndex { $0.standing == .released }
            // Where all are quarantined a new suspect is only told: its next end is again its first.
            guard let oldest else { return }
            faults.remove(at: oldest)
        }
        faults.append(fault)
    }
}

extension FaultList {
    public var text: String {
        faults.map { fault in
            let words = [
                fault.standing.rawValue, PercentEncoding.encode(fault.symbol), "\(fault.place.number)",
                fault.place.isTold ? "told" : "event", "\(fault.ends)", PercentEncoding.encode(fault.reason),
            ]
            return words.joined(separator: " ") + "\n"
        }.joined()
    }

    /// Nil where the text is no such list.
    public init?(text: String) {
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
            guard words.count == 6, let standing = SymbolFault.Standing(rawValue: words[0]),
                let symbol = PercentEncoding.decode(words[1]), let number = UInt64(words[2]), number < 1 << 63,
                words[3] == "told" || words[3] == "event", let ends = Int(words[4]), ends >= 0,
                let reason = PercentEncoding.decode(words[5]), faults.count < FaultList.limit
            else { return nil }
            faults.append(
                SymbolFault(
                    symbol: symbol, place: EventPlace(number: number, isTold: words[3] == "told"), standing: standing,
                    ends: ends, reason: reason))
        }
    }
}
