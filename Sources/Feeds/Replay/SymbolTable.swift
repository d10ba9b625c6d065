internal import Market

/// The symbols one file has named so far: from the bytes of a name to a small number, without a `String` per row.
struct SymbolTable {
    /// Names beyond this many are refused: their rows are counted, their names not kept.
    static let limit = 1 << 17
    /// No symbol's name is longer (`Symbol.byteLimit`).
    static let refused = -1

    /// What a row needs of its symbol.
    struct Slot: BitwiseCopyable {
        let index: UInt32
        /// The instrument's size step; 0 where the directory refused the symbol.
        let sizeStep: Int64

        var isWanted: Bool { sizeStep > 0 }
    }

    private(set) var slots: [Slot] = []
    /// All names one behind the other, and where each begins.
    private var names: [UInt8] = []
    private var starts: [Int] = [0]
    /// Open addressing: slot + 1, or 0 for free. A power of two, at most half full.
    private var buckets = [Int32](repeating: 0, count: 64)
    private var last = 0

    /// The slot of a name, asked of the directory at the first call; `refused` above the limit.
    mutating func slot(for name: Span<UInt8>, in directory: any SymbolDirectory) -> Int {
        if last < slots.count, isName(last, name) { return last }
        var bucket = Self.hash(name) & (buckets.count - 1)
        while buckets[bucket] != 0 {
            let slot = Int(buckets[bucket]) - 1
            if isName(slot, name) {
                last = slot
                return slot
            }
            bucket = (bucket + 1) & (buckets.count - 1)
        }
        guard slots.count < Self.limit, name.count <= 4 * Symbol.byteLimit else { return Self.refused }
        return add(name, in: directory)
    }

    private mutating func add(_ name: Span<UInt8>, in directory: any SymbolDirectory) -> Int {
        for index in name.indices { names.append(name[index]) }
        let text = String(decoding: names[starts[slots.count]...], as: UTF8.self)
        let entry = directory.entry(for: text)
        starts.append(names.count)
        slots.append(Slot(index: entry?.index ?? 0, sizeStep: entry?.instrument.sizeStep ?? 0))
        if slots.count * 2 > buckets.count { grow() } else { place(slots.count - 1) }
        last = slots.count - 1
        return last
    }

    private mutating func grow() {
        buckets = [Int32](repeating: 0, count: buckets.count * 2)
        for slot in slots.indices { place(slot) }
    }

    private mutating func place(_ slot: Int) {
        var bucket = Self.hash(names[starts[slot]..<starts[slot + 1]].span) & (buckets.count - 1)
        while buckets[bucket] != 0 { bucket = (bucket + 1) & (buckets.count - 1) }
        buckets[bucket] = Int32(slot + 1)
    }

    private func isName(_ slot: Int, _ name: Span<UInt8>) -> Bool {
        let start = starts[slot]
        guard starts[slot + 1] - start == name.count else { return false }
        for index in name.indices where names[start + index] != name[index] { return false }
        return true
    }

    /// FNV-1a, 64 bits: names are short, and a recording is no place for an attack on a table of this size.
    private static func hash(_ name: Span<UInt8>) -> Int {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for index in name.indices { hash = (hash ^ UInt64(name[index])) &* 0x100_0000_01B3 }
        return Int(truncatingIfNeeded: hash >> 1)
    }
}
