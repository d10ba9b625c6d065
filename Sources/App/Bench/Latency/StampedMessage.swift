internal import Analytics
internal import Market
internal import Memory
internal import Updates
internal import Wire

/// Where a binary message of trades holds the times when its trades were due.
enum StampedMessage {
    private static let firstUpdate = 8 + MessageHead.size + 4
    private static let updateSize = UpdateHead.size + TradeUpdate.layout.size
    /// A trade's receive time lies behind its price, quantity and venue time.
    private static let place = firstUpdate + UpdateHead.size + 24

    /// Bytes of the payload that one trade makes.
    static var size: Int { firstUpdate + updateSize }

    /// How many updates a binary message of any kind holds, by its own word; 0 for what is too short for one.
    static func updates(in payload: RawSpan) -> Int {
        payload.byteCount < firstUpdate ? 0 : Int(payload.integer(at: firstUpdate - 2, as: UInt16.self))
    }

    /// How many trades a message holds; 0 for one that is none.
    static func count(in payload: RawSpan) -> Int {
        let count = updates(in: payload)
        return payload.byteCount == firstUpdate + count * updateSize ? count : 0
    }

    static func stamp(_ index: Int, in payload: RawSpan) -> Int64 {
        payload.integer(at: place + index * updateSize)
    }

    /// A message of one trade as the publisher's encoder writes it.
    static func example() -> ByteBuffer {
        var outbox = Outbox()
        let time = Timestamp(nanoseconds: 1)
        let head = UpdateHead(
            number: 1, start: time, end: time, revision: 0, final: true, reason: .none, quality: .whole)
        outbox.append(
            TradeUpdate(PacedSource.trade(0, symbol: 0, at: 1), Aggressor(sign: 1, method: .venue), isLate: false),
            head: head, slot: 0, template: TradeUpdate.layout.template, symbol: 0)
        var buffer = ByteBuffer(capacity: 1_024)
        outbox.forEach { _, update in
            BinaryEncoding(TradeUpdate.layout).encode(
                update,
                head: MessageHead(
                    publishTime: time, position: 1, publisher: 1, firstNumber: 1, sizeStep: Price.scale),
                into: &buffer)
        }
        precondition(buffer.count == size, "A message of one trade must be as long as its parts.")
        return buffer
    }

    static func write(_ stamp: Int64, into payload: inout ByteBuffer) { payload.store(stamp, at: place) }
}
