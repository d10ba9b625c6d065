internal import Market
internal import Memory
public import TestPrograms
public import Updates

/// Updates of any layout with random content within what their types allow, in their wire form.
public enum RandomUpdates {
    /// - Parameter start: Begin of the window, nanoseconds; nil for any.
    public static func bytes(
        of layout: UpdateLayout, number: UInt64, start: Int64? = nil, isFinal: Bool = true,
        chance: inout SeededChance
    ) -> [UInt8] {
        let start = start ?? 1_773_014_400_000_000_000 + Int64(chance.below(1_000_000)) * 1_000_003
        let reason = RevisionReason.allCases[chance.below(RevisionReason.allCases.count)]
        let head = UpdateHead(
            number: number, start: Timestamp(nanoseconds: start), end: Timestamp(nanoseconds: start + 60_000_000_000),
            revision: UInt32(chance.below(3)), final: isFinal, reason: isFinal ? reason : .live,
            flags: UpdateHead.Flags(rawValue: UInt8(chance.below(8))),
            quality: Quality(
                coverage: Double(chance.below(1_001)) / 1_000, gapSeconds: Double(chance.below(60)),
                inferredShare: chance.below(4) == 0 ? .nan : Double(chance.below(1_001)) / 1_000,
                bookState: BookState.allCases[chance.below(4)]))
        var buffer = ByteBuffer()
        buffer.append(head)
        var body = [UInt8](repeating: 0, count: layout.size)
        for field in layout.fields { fill(&body, field, &chance) }
        append(body, to: &buffer)
        for group in layout.groups {
            let count = chance.below(5)
            buffer.append(UInt16(group.size))
            buffer.append(UInt16(count))
            for _ in 0..<count {
                var entry = [UInt8](repeating: 0, count: group.size)
                for field in group.fields { fill(&entry, field, &chance) }
                append(entry, to: &buffer)
            }
        }
        return buffer.withBytes { $0.array }
    }

    private static func append(_ bytes: [UInt8], to buffer: inout ByteBuffer) {
        bytes.withRawSpan { buffer.append($0) }
    }

    private static func fill(_ bytes: inout [UInt8], _ field: UpdateField, _ chance: inout SeededChance) {
        let value: UInt64
        switch field.type {
        case .price:
            // A row's own price is never missing.
            let isMissing = chance.below(8) == 0 && field.name != "price" && field.name != "entry"
            value = UInt64(bitPattern: isMissing ? Price.none.billionths : chance.anyMagnitude(bits: 60))
        case .quantity, .count: value = UInt64(bitPattern: chance.anyMagnitude(bits: 50))
        case .real:
            value = (chance.below(6) == 0 ? Double.nan : Double(chance.anyMagnitude(bits: 50)) / 1024).bitPattern
        case .time:
            let isMissing = chance.below(8) == 0 && field.name != "known"
            value = isMissing ? 0 : 1_773_014_400_000_000_000 + UInt64(chance.below(1 << 40))
        case .flag: value = UInt64(chance.below(2))
        case .choice(let names): value = UInt64(chance.below(names.count))
        case .marks(let names): value = chance.next() & (1 << UInt64(names.count) - 1)
        }
        for index in 0..<field.type.size { bytes[field.offset + index] = UInt8(value >> UInt64(8 * index) & 255) }
    }
}
