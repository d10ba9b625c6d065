/// What a DBN file's records are (Databento's numbering).
enum DBNSchema: UInt16, CaseIterable {
    case mbo = 0
    case mbp1, mbp10, tbbo, trades
    case ohlcv1s, ohlcv1m, ohlcv1h, ohlcv1d
    case definition, statistics, status, imbalance
    case ohlcvEod, cmbp1, cbbo1s, cbbo1m, tcbbo, bbo1s, bbo1m
    /// Records of several schemas, as a live session writes them.
    case mixed = 0xFFFF

    var name: String {
        switch self {
        case .mbo: "mbo"
        case .mbp1: "mbp-1"
        case .mbp10: "mbp-10"
        case .tbbo: "tbbo"
        case .trades: "trades"
        case .ohlcv1s: "ohlcv-1s"
        case .ohlcv1m: "ohlcv-1m"
        case .ohlcv1h: "ohlcv-1h"
        case .ohlcv1d: "ohlcv-1d"
        case .definition: "definition"
        case .statistics: "statistics"
        case .status: "status"
        case .imbalance: "imbalance"
        case .ohlcvEod: "ohlcv-eod"
        case .cmbp1: "cmbp-1"
        case .cbbo1s: "cbbo-1s"
        case .cbbo1m: "cbbo-1m"
        case .tcbbo: "tcbbo"
        case .bbo1s: "bbo-1s"
        case .bbo1m: "bbo-1m"
        case .mixed: "mixed"
        }
    }

    /// Why the schema is not replayed; nil when it is.
    var refusal: String? {
        switch self {
        case .mbo, .mbp1, .mbp10, .tbbo, .trades, .mixed: nil
        case .ohlcv1s, .ohlcv1m, .ohlcv1h, .ohlcv1d, .ohlcvEod:
            "bars are no trades, and order flow cannot be had from them"
        case .definition: "definitions of instruments hold no trades"
        case .statistics: "statistics of a venue hold no trades"
        case .status: "trading statuses alone hold no trades"
        case .imbalance: "auction imbalances hold no trades"
        case .cbbo1s, .cbbo1m, .bbo1s, .bbo1m: "quotes sampled by time leave out trades between two samples"
        case .cmbp1, .tcbbo:
            "a consolidated book of several venues is not replayed; take trades, tbbo, mbp-1, mbp-10 or mbo"
        }
    }
}

/// The kinds of record that are looked at, by the record's second byte.
enum DBNRecordKind: UInt8 {
    case trade = 0x00
    case mbp1 = 0x01
    case mbp10 = 0x0A
    case symbolMapping = 0x16
    case mbo = 0xA0

    /// Bytes a record has at least; eight more where the file carries send times.
    var size: Int {
        switch self {
        case .trade: 48
        case .mbp1: 80
        case .mbp10: 368
        case .mbo: 56
        case .symbolMapping: 80
        }
    }
}

/// The bits of a record's flags.
enum DBNFlag {
    static let last: UInt8 = 128
    static let snapshot: UInt8 = 32
    static let badReceiveTime: UInt8 = 8
    static let maybeBadBook: UInt8 = 4
}
