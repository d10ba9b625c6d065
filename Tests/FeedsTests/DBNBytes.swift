/// Writes DBN, as its reference describes it, for tests.
struct DBNBytes {
    var bytes: [UInt8] = []

    static let trade: [UInt8] = hex(
        "0c0001002a00000001002a36fe9c9717809a5d5717000000070000005442800065002a36fe9c97176400000009000000")
    static let bar: [UInt8] = hex(
        "0e2101002a0000000038128ef99c971700e8764817000000004d446617000000"
            + "8035903917000000809a5d57170000007b00000000000000"
    )

    static func hex(_ text: String) -> [UInt8] {
        let digits = Array(text)
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(String(digits[$0...$0 + 1]), radix: 16) ?? 0 }
    }

    mutating func add<each Value: FixedWidthInteger>(_ values: repeat each Value) {
        for value in repeat each values {
            var rest = UInt64(truncatingIfNeeded: value)
            for _ in 0..<value.bitWidth / 8 {
                bytes.append(UInt8(truncatingIfNeeded: rest))
                rest >>= 8
            }
        }
    }

    mutating func add(text: String, width: Int) {
        bytes += Array(text.utf8)
        bytes += [UInt8](repeating: 0, count: width - text.utf8.count)
    }

    struct Mapping {
        var asked: String
        var intervals: [(start: UInt32, end: UInt32, given: String)]
    }

    /// A head; `stypes` are the kinds of symbol asked for and given.
    static func head(
        version: UInt8 = 3, schema: UInt16 = 4, symbols: [String] = ["ESH1"], mappings: [Mapping] = [],
        stypes: (UInt8, UInt8) = (1, 0)
    ) -> [UInt8] {
        let width = version == 1 ? 22 : 71
        var body = DBNBytes()
        body.add(text: "GLBX.MDP3", width: 16)
        body.add(schema, UInt64(0), UInt64.max, UInt64(0))
        if version == 1 { body.add(UInt64(0)) }
        body.add(stypes.0, stypes.1, UInt8(0))
        if version > 1 { body.add(UInt16(71)) }
        body.bytes += [UInt8](repeating: 0, count: version == 1 ? 47 : 53)
        body.add(UInt32(0), UInt32(symbols.count))
        for symbol in symbols { body.add(text: symbol, width: width) }
        body.add(UInt32(0), UInt32(0), UInt32(mappings.count))
        for mapping in mappings {
            body.add(text: mapping.asked, width: width)
            body.add(UInt32(mapping.intervals.count))
            for interval in mapping.intervals {
                body.add(interval.start, interval.end)
                body.add(text: interval.given, width: width)
            }
        }
        if version == 3 { while body.bytes.count % 8 != 0 { body.bytes.append(0) } }
        var head = DBNBytes(bytes: Array("DBN".utf8) + [version])
        head.add(UInt32(body.bytes.count))
        return head.bytes + body.bytes
    }

    /// What a record says, in the order of `mbp-1`'s fields.
    struct Message {
        var number: UInt32 = 42
        var time: UInt64 = 1_700_000_000_000_000_000
        var received: UInt64 = 1_700_000_000_000_000_500
        var price: Int64 = 100_000_000_000
        var size: UInt32 = 5
        var action: Character = "T"
        var side: Character = "B"
        var flags: UInt8 = 128
    }

    /// Bid, ask, their sizes; nil is a side without orders.
    typealias Level = (bid: Int64?, ask: Int64?, bidSize: UInt32, askSize: UInt32)

    static func levelled(_ message: Message, _ levels: [Level]) -> [UInt8] {
        var record = DBNBytes()
        let size = 48 + 32 * levels.count
        let kind: UInt8 = levels.isEmpty ? 0x00 : levels.count == 1 ? 0x01 : 0x0A
        record.add(UInt8(size / 4), kind, UInt16(1), message.number, message.time)
        record.add(message.price, message.size, message.action.asciiValue ?? 0, message.side.asciiValue ?? 0)
        record.add(message.flags, UInt8(0), message.received, Int32(0), UInt32(9))
        for level in levels {
            record.add(level.bid ?? .max, level.ask ?? .max, level.bidSize, level.askSize, UInt32(1), UInt32(1))
        }
        return record.bytes
    }

    static func order(_ message: Message, identifier: UInt64) -> [UInt8] {
        var record = DBNBytes()
        record.add(UInt8(14), UInt8(0xA0), UInt16(1), message.number, message.time, identifier, message.price)
        record.add(message.size, message.flags, UInt8(0), message.action.asciiValue ?? 0, message.side.asciiValue ?? 0)
        record.add(message.received, Int32(0), UInt32(9))
        return record.bytes
    }

    static func mapping(_ number: UInt32, _ name: String, isWide: Bool) -> [UInt8] {
        var record = DBNBytes()
        record.add(UInt8(isWide ? 44 : 20), UInt8(0x16), UInt16(0), number, UInt64(0))
        if isWide {
            record.add(UInt8(1))
            record.add(text: "asked", width: 71)
            record.add(UInt8(1))
            record.add(text: name, width: 71)
        } else {
            record.add(text: "asked", width: 22)
            record.add(text: name, width: 22)
            record.add(UInt32(0))
        }
        record.add(UInt64(0), UInt64(0))
        return record.bytes
    }
}
