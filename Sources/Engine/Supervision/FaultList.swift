internal import Wire

/// The faults of a symbols node's symbols, and the rules by which they become a quarantine.
///
/// As text it has one line for each: standing, symbol, event number, `event` or `told`, ends, reason, journal.
public struct FaultList: Equatable, Sendable {
    /// Ends of the process at one event before its symbol is left out.
    public static let endLimit = 2
    /// Faults that are kept; the oldest suspects, then the oldest released ones, make room.
    public static let limit = 4_096

    public private(set) var faults: [SymbolFault] = []

    public init() {}

    /// Those of symbols that take nothing now.
    public var broken: [SymbolFault] { faults.filter(\.isBroken) }

    /// The process has ended while it took an event, by that event's fault.
    ///
    /// - Parameter journal: whose events are numbered.
    public mutating func noteEnd(
        of symbol: String, at place: EventPlace, in journal: UInt64?, reason: String
    ) {
        if let index = faults.firstIndex(where: { $0.symbol == symbol && $0.isAt(place, of: journal) }) {
            faults[index].ends += 1
            faults[index].reason = reason
            faults[index].journal = journal ?? faults[index].journal
            // One that was let go on and ends here again has shown what it is.
            if faults[index].ends >= FaultList.endLimit || faults[index].standing == .released {
                faults[index].standing = .quarantined
            }
            return
        }
        faults.removeAll { $0.symbol == symbol && $0.standing == .suspect }
        var fault = SymbolFault(symbol: symbol, place: place, standing: .suspect, ends: 1, reason: reason)
        fault.journal = journal
        add(fault)
    }

    /// The state has said by itself that it cannot go on; what is known already is no news.
    public mutating func noteReturned(_ fault: SymbolFault) {
        if let index = faults.firstIndex(where: { $0.symbol == fault.symbol && $0.isAt(fault.place, of: fault.journal) }
        ) {
            faults[index].standing = .quarantined
            faults[index].reason = fault.reason
        } else {
            add(fault)
        }
    }

    /// Lets a symbol go on; false where it is not broken.
    public mutating func release(_ symbol: String) -> Bool { stand(symbol, .released) { $0.isBroken } }

    /// What the release of a symbol needs will not be kept any more.
    mutating func giveUp(_ symbol: String, in journal: UInt64?) {
        _ = stand(symbol, .givenUp) { $0.standing == .quarantined && $0.concerns(journal) }
    }

    /// A fault of which nobody has said its journal is of this one.
    mutating func bind(_ symbol: String, to journal: UInt64) {
        for index in faults.indices where faults[index].symbol == symbol && faults[index].journal == nil {
            faults[index].journal = journal
        }
    }

    /// Takes the faults of symbols out: from now on they are another list's.
    mutating func take(_ isMeant: (String) -> Bool) -> [SymbolFault] {
        let taken = faults.filter { isMeant($0.symbol) }
        faults.removeAll { isMeant($0.symbol) }
        return taken
    }

    /// Puts faults of another list in; one that is here already stays as it is.
    mutating func put(_ others: [SymbolFault]) {
        for other in others where !faults.contains(where: { $0.symbol == other.symbol && $0.place == other.place }) {
            add(other)
        }
    }

    /// The same for whatever journal it is given to.
    public var unbound: FaultList {
        var list = self
        for index in list.faults.indices { list.faults[index].journal = nil }
        return list
    }

    /// Gives faults of a symbol another standing; false where there is none.
    private mutating func stand(
        _ symbol: String, _ standing: SymbolFault.Standing, where isMeant: (SymbolFault) -> Bool
    ) -> Bool {
        var found = false
        for index in faults.indices where faults[index].symbol == symbol && isMeant(faults[index]) {
            faults[index].standing = standing
            found = true
        }
        return found
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
                fault.journal.map { String($0, radix: 16) } ?? "-",
            ]
            return words.joined(separator: " ") + "\n"
        }.joined()
    }

    /// Nil where the text is no such list. Lines without a journal are of whatever journal there is.
    public init?(text: String) {
        for line in text.split(separator: "\n") {
            guard faults.count < FaultList.limit, let fault = SymbolFault(line: line) else { return nil }
            faults.append(fault)
        }
    }
}

extension SymbolFault {
    /// Reads a line of a list.
    fileprivate init?(line: Substring) {
        let words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard (6...7).contains(words.count), let standing = Standing(rawValue: words[0]),
            let symbol = PercentEncoding.decode(words[1]), let number = UInt64(words[2]), number < 1 << 63,
            words[3] == "told" || words[3] == "event", let ends = Int(words[4]), ends >= 0,
            let reason = PercentEncoding.decode(words[5])
        else { return nil }
        self.init(
            symbol: symbol, place: EventPlace(number: number, isTold: words[3] == "told"), standing: standing,
            ends: ends, reason: reason)
        guard words.count == 7, words[6] != "-" else { return }
        guard let journal = UInt64(words[6], radix: 16) else { return nil }
        self.journal = journal
    }
}
