import Market
import Memory
import TestPrograms
import Updates
import Wire

/// A body with every type of field and no group.
struct SampleBar: UpdateBody, Equatable {
    var open = Price.none
    var volume = Quantity.zero
    var trades: Int64 = 0
    var mean = 0.0
    var seenAt = Timestamp(nanoseconds: 0)
    var marks: UInt32 = 0
    var isLive: UInt8 = 0
    var side: UInt8 = 0
    var reserved: UInt16 = 0

    static let layout = UpdateLayout(
        template: 901, kind: "bar", size: 48,
        fields: [
            UpdateField("open", .price, \SampleBar.open, "First price of the window."),
            UpdateField("volume", .quantity, \SampleBar.volume, "Sum of sizes."),
            UpdateField("trades", .count, \SampleBar.trades, "Number of trades."),
            UpdateField("mean", .real, \SampleBar.mean, "Mean price; null without trades."),
            UpdateField("seenAt", .time, \SampleBar.seenAt, "Time of the last trade."),
            UpdateField("marks", .marks(["auction", "halted", "doubtful"]), \SampleBar.marks, "Rare marks."),
            UpdateField("isLive", .flag, \SampleBar.isLive, "Whether the source is live."),
            UpdateField("side", .choice(["unknown", "buy", "sell"]), \SampleBar.side, "The last aggressor."),
        ], meaning: "A bar for tests: \"all\" types & no group.")
}

/// A body with two groups, whose entries are of different sizes.
struct SampleLadder: UpdateBody, Equatable {
    var top = Price.none
    var total = Quantity.zero

    struct Row: BitwiseCopyable, Equatable {
        var price = Price.none
        var buy = Quantity.zero
        var share = 0.0
    }

    struct Node: BitwiseCopyable, Equatable {
        var price = Price.none
        var strength: Int64 = 0
        var kind: UInt8 = 0
        var isOpen: UInt8 = 0
        var reserved: (UInt16, UInt16, UInt16) = (0, 0, 0)

        static func == (left: Node, right: Node) -> Bool { left.price == right.price }
    }

    static let layout = UpdateLayout(
        template: 902, kind: "ladder", size: 16,
        fields: [
            UpdateField("top", .price, \SampleLadder.top, "Highest row."),
            UpdateField("total", .quantity, \SampleLadder.total, "Sum of all rows."),
        ],
        groups: [
            GroupLayout(
                "rows", size: 24,
                fields: [
                    UpdateField("price", .price, \Row.price, "The row's lower edge."),
                    UpdateField("buy", .quantity, \Row.buy, "Bought at the row."),
                    UpdateField("share", .real, \Row.share, "Part of the total."),
                ]),
            GroupLayout(
                "nodes", size: 24,
                fields: [
                    UpdateField("price", .price, \Node.price, "Where."),
                    UpdateField("strength", .count, \Node.strength, "How many."),
                    UpdateField("kind", .choice(["high", "low"]), \Node.kind, "Which."),
                    UpdateField("isOpen", .flag, \Node.isOpen, "Whether it may still move."),
                ]),
        ], meaning: "A ladder for tests.")
}

extension SeededChance {
    /// A finite double of any magnitude, now and then a special one.
    mutating func real() -> Double {
        switch below(8) {
        case 0:
            return [0, -0.0, 1, 0.1, .leastNonzeroMagnitude, .greatestFiniteMagnitude, .leastNormalMagnitude, .nan][
                below(8)]
        case 1: return Double(below(1_000_000)) / 100
        case 2: return Double.random(in: -1...1, using: &self)
        default:
            let value = Double(bitPattern: next())
            return value.isFinite ? value : 0.5
        }
    }

    /// An integer of any length in bits, either sign.
    mutating func integer() -> Int64 {
        let value = Int64(bitPattern: next()) >> Int64(below(64))
        return value == .max ? 0 : value
    }
}

extension SampleBar {
    static func random(_ chance: inout SeededChance) -> SampleBar {
        SampleBar(
            open: chance.below(8) == 0 ? .none : Price(billionths: chance.integer()),
            volume: Quantity(steps: chance.integer()), trades: chance.integer(), mean: chance.real(),
            seenAt: Timestamp(nanoseconds: chance.integer()), marks: UInt32(truncatingIfNeeded: chance.next()),
            isLive: UInt8(chance.below(2)), side: UInt8(chance.below(5)))
    }
}

enum Sample {
    static func subject(_ name: String) -> Subject {
        guard let symbol = Symbol(name) else { preconditionFailure("A test's symbol must be one.") }
        return .symbol(symbol)
    }

    static func head(_ chance: inout SeededChance, number: UInt64? = nil) -> UpdateHead {
        var head = UpdateHead(
            number: number ?? chance.next(), start: Timestamp(nanoseconds: chance.integer()),
            end: Timestamp(nanoseconds: chance.integer()), revision: UInt32(truncatingIfNeeded: chance.next()),
            final: chance.below(2) == 1, reason: .none, flags: [],
            quality: Quality(
                coverage: chance.real(), gapSeconds: chance.real(), inferredShare: chance.real(), bookState: .none))
        head.bookState = UInt8(chance.below(6))
        head.reason = UInt8(chance.below(7))
        head.flags = UpdateHead.Flags(rawValue: UInt8(truncatingIfNeeded: chance.next()))
        return head
    }

    /// The bytes of one update of a random bar.
    static func bar(_ chance: inout SeededChance, number: UInt64? = nil) -> [UInt8] {
        var outbox = Outbox()
        outbox.append(
            SampleBar.random(&chance), head: head(&chance, number: number), slot: 0, template: 901, symbol: 0)
        return only(outbox)
    }

    /// The bytes of one update of a random ladder with up to `limit` rows.
    static func ladder(_ chance: inout SeededChance, number: UInt64? = nil, limit: Int = 8) -> [UInt8] {
        var outbox = Outbox()
        outbox.begin(
            SampleLadder(top: Price(billionths: chance.integer()), total: Quantity(steps: chance.integer())),
            head: head(&chance, number: number), slot: 1, template: 902, symbol: 0)
        let rows = chance.below(limit + 1)
        outbox.appendGroup(entrySize: 24, count: rows)
        for _ in 0..<rows {
            outbox.appendEntry(
                SampleLadder.Row(
                    price: Price(billionths: chance.integer()), buy: Quantity(steps: chance.integer()),
                    share: chance.real()))
        }
        let nodes = chance.below(4)
        outbox.appendGroup(entrySize: 24, count: nodes)
        for _ in 0..<nodes {
            outbox.appendEntry(
                SampleLadder.Node(
                    price: Price(billionths: chance.integer()), strength: chance.integer(),
                    kind: UInt8(chance.below(3)), isOpen: UInt8(chance.below(2))))
        }
        outbox.end()
        return only(outbox)
    }

    static func messageHead(_ chance: inout SeededChance, firstNumber: UInt64, sizeStep: Int64) -> MessageHead {
        MessageHead(
            publishTime: Timestamp(nanoseconds: chance.integer()), position: chance.next(),
            publisher: chance.next(), firstNumber: firstNumber, sizeStep: sizeStep)
    }

    private static func only(_ outbox: borrowing Outbox) -> [UInt8] {
        var bytes: [UInt8] = []
        outbox.forEach { bytes = $1.array }
        return bytes
    }
}

extension JSONEncoding {
    /// One message as text.
    func text(_ update: [UInt8], of subject: Subject, head: MessageHead) throws(WireError) -> [UInt8] {
        var buffer = ByteBuffer()
        try update.withRawSpan { (bytes) throws(WireError) in
            try encode(bytes, of: subject, head: head, into: &buffer)
        }
        return buffer.withBytes { $0.array }
    }
}

extension BinaryDecoding {
    /// The updates of a message, copied.
    func updates(_ message: [UInt8]) throws(WireError) -> (head: MessageHead, updates: [[UInt8]]) {
        var updates: [[UInt8]] = []
        let head = try message.withRawSpan { (bytes) throws(WireError) in
            try decode(bytes) { updates.append($1.array) }
        }
        return (head, updates)
    }
}
