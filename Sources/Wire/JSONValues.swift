internal import Market
internal import Updates

/// How JSON values become the bytes of fields again.
extension JSONReader {
    /// Reads the value of `field` and stores it at its place behind `base`.
    mutating func value(
        of field: UpdateField, sizeStep: Int64, at base: Int, into update: inout [UInt8]
    ) throws(WireError) {
        let place = base + field.offset
        switch field.type {
        case .price: update.store(try price(field.name), at: place)
        case .quantity: update.store(try quantity(field.name, sizeStep: sizeStep), at: place)
        case .count: update.store(try integer(field.name, as: Int64.self), at: place)
        case .real: update.store(try real(field.name).bitPattern, at: place)
        case .time: update.store(try time(field.name), at: place)
        case .flag: update.store(UInt8(try truth(field.name) ? 1 : 0), at: place)
        case .choice(let names): update.store(try choice(field.name, names), at: place)
        case .marks(let names): update.store(try marks(field.name, names), at: place)
        }
    }

    mutating func integer<Value: FixedWidthInteger>(_ name: String, as type: Value.Type) throws(WireError) -> Value {
        let start = index
        guard let value = Value(try number()) else { throw .valueRefused(field: name, offset: start) }
        return value
    }

    mutating func real(_ name: String) throws(WireError) -> Double {
        if null() { return .nan }
        let start = index
        guard let value = Double(try number()), value.isFinite else {
            throw .valueRefused(field: name, offset: start)
        }
        return value
    }

    mutating func truth(_ name: String) throws(WireError) -> Bool {
        guard let flag = flag() else { throw .valueRefused(field: name, offset: index) }
        return flag
    }

    /// A time's nanoseconds; 0 for null.
    mutating func time(_ name: String) throws(WireError) -> Int64 {
        if null() { return 0 }
        let start = index
        guard let time = Timestamp(text: try string()) else { throw .valueRefused(field: name, offset: start) }
        return time.nanoseconds
    }

    mutating func choice(_ name: String, _ names: [String]) throws(WireError) -> UInt8 {
        guard startsString() else { return try integer(name, as: UInt8.self) }
        let start = index
        guard let place = names.firstIndex(of: try string()), let choice = UInt8(exactly: place) else {
            throw .valueRefused(field: name, offset: start)
        }
        return choice
    }

    mutating func marks(_ name: String, _ names: [String]) throws(WireError) -> UInt32 {
        var marks: UInt32 = 0
        try array { (reader) throws(WireError) in
            let bit = try reader.choice(name, names)
            guard bit < 32 else { throw .valueRefused(field: name, offset: reader.index) }
            marks |= 1 << UInt32(bit)
        }
        return marks
    }

    /// Sixteen hexadecimal digits.
    mutating func identifier(_ name: String) throws(WireError) -> UInt64 {
        let start = index
        let text = try string()
        guard text.utf8.count == 16, !text.hasPrefix("+"), let value = UInt64(text, radix: 16) else {
            throw .valueRefused(field: name, offset: start)
        }
        return value
    }

    private mutating func price(_ name: String) throws(WireError) -> Int64 {
        if null() { return Price.none.billionths }
        let start = index
        guard let value = Int64(exactly: try billionths(name)) else {
            throw .valueRefused(field: name, offset: start)
        }
        return value
    }

    private mutating func quantity(_ name: String, sizeStep: Int64) throws(WireError) -> Int64 {
        let start = index
        let (steps, rest) = try billionths(name).quotientAndRemainder(dividingBy: Int128(sizeStep))
        guard rest == 0, let value = Int64(exactly: steps) else { throw .valueRefused(field: name, offset: start) }
        return value
    }

    /// An exact decimal without exponent and with nine places at most.
    private mutating func billionths(_ name: String) throws(WireError) -> Int128 {
        let start = index
        let text = try number()
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let fraction = parts.count == 2 ? parts[1] : ""
        guard fraction.count <= 9, let value = Int128(parts[0] + fraction) else {
            throw .valueRefused(field: name, offset: start)
        }
        let scale = (fraction.count..<9).reduce(Int128(1)) { power, _ in power * 10 }
        let (product, overflow) = value.multipliedReportingOverflow(by: scale)
        guard !overflow else { throw .valueRefused(field: name, offset: start) }
        return product
    }
}

extension [UInt8] {
    /// Stores an integer little-endian over bytes that are there.
    mutating func store<Value: FixedWidthInteger>(_ value: Value, at offset: Int) {
        for index in 0..<Value.bitWidth / 8 {
            self[offset + index] = UInt8(truncatingIfNeeded: value >> Value(index * 8))
        }
    }
}

extension Timestamp {
    /// The instant of an ISO 8601 text with nine digits, exactly as `description` writes it; nil for any other text.
    init?(text: String) {
        let bytes = Array(text.utf8)
        let pattern = Array("dddd-dd-ddTdd:dd:dd.dddddddddZ".utf8)
        guard bytes.count == pattern.count else { return nil }
        for (byte, wanted) in zip(bytes, pattern) where wanted != UInt8(ascii: "d") || byte < 48 || byte > 57 {
            guard byte == wanted, wanted != UInt8(ascii: "d") else { return nil }
        }
        func number(_ range: Range<Int>) -> Int { bytes[range].reduce(0) { $0 * 10 + Int($1) - 48 } }
        let days = CivilDate(year: number(0..<4), month: number(5..<7), day: number(8..<10)).daysSinceEpoch
        let clock = number(11..<13) * 3_600 + number(14..<16) * 60 + number(17..<19)
        let wide = (Int128(days) * 86_400 + Int128(clock)) * Int128(Timestamp.second) + Int128(number(20..<29))
        guard let nanoseconds = Int64(exactly: wide) else { return nil }
        self.init(nanoseconds: nanoseconds)
        // Of the texts of one instant (24:00, February 30) only one is written that way.
        guard description == text else { return nil }
    }
}
