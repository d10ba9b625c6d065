internal import Journal
internal import Updates

/// The last number of each topic that a journal of updates holds, by the journal's own indices and slots.
struct KnownNumbers {
    private(set) var symbolCount: UInt32 = 0
    private var slotCount = 0
    /// By symbol, then by slot.
    private var numbers: [[UInt64]] = []

    /// Reads what a journal holds behind a position, or from its oldest record on where that is gone.
    mutating func read(behind position: UInt64, in folder: String) throws {
        var reader = try JournalReader(opening: folder)
        do { try reader.seek(behind: position) } catch JournalError.trimmed { try reader.seek(behind: 0) }
        while try reader.next({ batch, bytes in
            RecordReader.forEach(in: bytes) { head, update in
                note(RecordReader.updateHead(of: update).number, symbol: Int(head.symbol), slot: Int(head.slot))
            }
        }) {}
    }

    /// Takes a number in, whatever was known of the topic.
    mutating func note(_ number: UInt64, symbol: Int, slot: Int) {
        if symbol >= numbers.count { setSymbols(symbol + 1) }
        if slot >= slotCount { setSlots(slot + 1) }
        numbers[symbol][slot] = max(numbers[symbol][slot], number)
    }

    mutating func setSymbols(_ count: Int) {
        while numbers.count < count { numbers.append([UInt64](repeating: 0, count: slotCount)) }
        symbolCount = UInt32(numbers.count)
    }

    mutating func setSlots(_ count: Int) {
        guard count > slotCount else { return }
        slotCount = count
        for symbol in numbers.indices {
            numbers[symbol] += [UInt64](repeating: 0, count: count - numbers[symbol].count)
        }
    }

    /// By slot; of a symbol that no update has come of yet, none.
    subscript(symbol: Int) -> [UInt64] { symbol < numbers.count ? numbers[symbol] : [] }

    /// Whether an update comes for the first time; it is known from then on.
    mutating func isNew(_ number: UInt64, symbol: UInt32, slot: UInt16) -> Bool {
        guard number > numbers[Int(symbol)][Int(slot)] else { return false }
        numbers[Int(symbol)][Int(slot)] = number
        return true
    }
}
