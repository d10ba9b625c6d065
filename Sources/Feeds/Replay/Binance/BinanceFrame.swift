internal import JSONScan
internal import Market

/// The fields of one Binance frame that anyone asks for, by their letters: places in the scanner, not copies.
struct BinanceFrame {
    /// `e`: the kind of event. Absent in snapshots and in spot's `bookTicker`.
    var kind: JSONNode?
    var eventTime: JSONNode?
    var transactionTime: JSONNode?
    var symbol: JSONNode?
    var tradeNumber: JSONNode?
    /// `a`: an aggregate's number, the ask's price, or the asks of a change.
    var a: JSONNode?
    /// `b`: the bid's price, or the bids of a change.
    var b: JSONNode?
    var bidSize: JSONNode?
    var askSize: JSONNode?
    var price: JSONNode?
    var size: JSONNode?
    var orderKind: JSONNode?
    var buyerIsMaker: JSONNode?
    var firstUpdate: JSONNode?
    var lastUpdate: JSONNode?
    var previousUpdate: JSONNode?
    /// The three fields of a snapshot.
    var snapshotUpdate: JSONNode?
    var bids: JSONNode?
    var asks: JSONNode?
    /// `stream` of the wrapper of combined streams.
    var stream: JSONNode?

    /// Collects the fields of a frame, and of the `data` inside of a combined stream's wrapper.
    init(_ root: JSONNode, in scanner: borrowing JSONScanner) {
        var cursor = scanner.walk(root)
        var wrapped: JSONNode?
        while let field = scanner.nextField(&cursor) {
            if let letter = scanner.letter(field.key) {
                take(letter, field.value)
            } else if scanner.isText(field.key, "data") {
                wrapped = field.value
            } else {
                take(field.key, field.value, in: scanner)
            }
        }
        guard let wrapped, stream != nil else { return }
        let name = stream
        self = BinanceFrame(fieldsOf: wrapped, in: scanner)
        stream = name
    }

    private init(fieldsOf object: JSONNode, in scanner: borrowing JSONScanner) {
        guard scanner.kind(of: object) == .object else { return }
        var cursor = scanner.walk(object)
        while let field = scanner.nextField(&cursor) {
            if let letter = scanner.letter(field.key) {
                take(letter, field.value)
            } else {
                take(field.key, field.value, in: scanner)
            }
        }
    }

    private mutating func take(_ letter: UInt8, _ value: JSONNode) {
        switch letter {
        case UInt8(ascii: "e"): kind = value
        case UInt8(ascii: "E"): eventTime = value
        case UInt8(ascii: "T"): transactionTime = value
        case UInt8(ascii: "s"): symbol = value
        case UInt8(ascii: "t"): tradeNumber = value
        case UInt8(ascii: "a"): a = value
        case UInt8(ascii: "b"): b = value
        case UInt8(ascii: "A"): askSize = value
        case UInt8(ascii: "B"): bidSize = value
        case UInt8(ascii: "p"): price = value
        case UInt8(ascii: "q"): size = value
        case UInt8(ascii: "X"): orderKind = value
        case UInt8(ascii: "m"): buyerIsMaker = value
        case UInt8(ascii: "U"): firstUpdate = value
        case UInt8(ascii: "u"): lastUpdate = value
        default: break
        }
    }

    private mutating func take(_ key: JSONNode, _ value: JSONNode, in scanner: borrowing JSONScanner) {
        if scanner.isText(key, "pu") {
            previousUpdate = value
        } else if scanner.isText(key, "stream") {
            stream = value
        } else if scanner.isText(key, "lastUpdateId") {
            snapshotUpdate = value
        } else if scanner.isText(key, "bids") {
            bids = value
        } else if scanner.isText(key, "asks") {
            asks = value
        } else if scanner.isText(key, "symbol") {
            symbol = value
        }
    }

    /// Whether the stream is one of partial books (`btcusdt@depth20@100ms`): every message is all of a few levels.
    func isPartialBook(in scanner: borrowing JSONScanner) -> Bool {
        guard let stream else { return false }
        return scanner.withText(stream) { name in
            guard let at = name.indices.first(where: { name[$0] == UInt8(ascii: "@") }) else { return false }
            let kind = Array("@depth".utf8)
            guard name.count > at + kind.count else { return false }
            for index in kind.indices where name[at + index] != kind[index] { return false }
            return (48...57).contains(name[at + kind.count])
        } ?? false
    }
}
