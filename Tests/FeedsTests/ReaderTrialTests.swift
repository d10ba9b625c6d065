import Compression
import Feeds
import Market
import TestPrograms
import Testing

@Suite struct `Broken recordings` {
    private static let frames = Array(
        (#"1700000000000000000 {"stream":"a@trade","data":{"e":"trade","E":1700000000002,"s":"A","t":7,"p":"0.1","#
            + #""q":"1","T":1700000000001,"X":"MARKET","m":true}}"# + "\n"
            + #"{"e":"depthUpdate","E":1700000000000,"s":"A","U":1,"u":12,"pu":0,"b":[["1","2"]],"a":[["3","4"]]}"#
            + "\n"
            + #"{"lastUpdateId":10,"bids":[["1","5"]],"asks":[["3","1"]]}"# + "\n"
            + #"{"u":4,"s":"B","b":"2","B":"3","a":"2","A":"4"}"# + "\n").utf8)
    private static let records =
        DBNBytes.head(
            version: 2, schema: 0xFFFF,
            mappings: [.init(asked: "ES", intervals: [(20_231_114, 20_231_115, "42")])])
        + DBNBytes.trade + DBNBytes.levelled(.init(action: "A"), [(99, 101, 3, 4)])
        + DBNBytes.levelled(.init(), (0..<10).map { (99 - $0, 101 + $0, 3, 4) })
        + DBNBytes.order(.init(action: "A"), identifier: 5) + DBNBytes.mapping(42, "X", isWide: true) + DBNBytes.bar
    private static let quotes = Array(
        "14400054,0,0,1836300,100,NASDAQ,00000001,0\n14400241,1800100,300,0,0,ARCA,00000001,0\n".utf8)
    private static let table = Array(
        "time,symbol,price,size,side,bid,ask\n1700000000,A,1.5,2,buy,1,2\n1700000001,\"B\",1.5,2,sell,,\n".utf8)
    private static let samples: [(RecordingFormat, [UInt8])] = [
        (.binance, frames), (.dbn, records), (.usEquityCSV, quotes), (.csv, table),
    ]

    /// Each input has a seed of its own, so that one that stops the program is found again by halving the range.
    @Test(arguments: Self.samples.map(\.0))
    func `flipped, cut and doubled bytes give an error or counted rows`(format: RecordingFormat) throws {
        let sample = try #require(Self.samples.first { $0.0 == format }?.1)
        let seeds = Campaign.seed..<Campaign.seed + UInt64(2_500 * Campaign.factor)
        var refused = 0
        for seed in seeds {
            var random = Seeded(seed)
            if case .refused = ReaderTrial.read(format: format, bytes: Self.broken(sample, &random)) { refused += 1 }
        }
        print("\(format): \(seeds.count) broken inputs from seed \(seeds.lowerBound), \(refused) refused as a whole")
    }

    private static func broken(_ sample: [UInt8], _ random: inout Seeded) -> [UInt8] {
        var bytes = sample
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            guard !bytes.isEmpty else { return bytes }
            let place = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 1: bytes[place] = [0, 255, 10, 34, 44, 46, 48, 57, 123, 125].randomElement(using: &random) ?? 0
            case 2: bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random) / 4)
            case 3: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
            default: bytes += bytes[place...]
            }
        }
        return bytes
    }

    @Test func `noise and nothing are refused by what they hold`() {
        for format in RecordingFormat.allCases {
            for seed in 0..<200 as Range<UInt64> {
                var random = Seeded(seed)
                let noise = (0..<Int.random(in: 0...300, using: &random)).map { _ in
                    UInt8.random(in: 0...255, using: &random)
                }
                _ = ReaderTrial.read(format: format, bytes: noise)
                _ = ReaderTrial.read(format: nil, bytes: noise, name: "noise")
            }
        }
        let empty = ReaderTrial.read(format: nil, bytes: [])
        guard case .refused(.unrecognised(_, let saw)) = empty else {
            Issue.record("nothing must be refused: \(empty)")
            return
        }
        #expect(saw == "nothing: it is empty")
        for (bytes, words) in [
            (Array("{\"a\":1}\n".utf8), "JSON without the fields"), (Array("[1]".utf8), "a JSON array"),
            ([0, 1, 2, 3], "binary content that begins with 00 01 02 03"),
        ] {
            let reading = Reading.bytes(bytes)
            #expect(reading.error?.description.contains(words) == true, "\(String(describing: reading.error))")
        }
    }

    @Test func `the whole samples are read without a fault`() {
        for (format, sample) in Self.samples {
            guard case .read(let counts) = ReaderTrial.read(format: format, bytes: sample) else {
                Issue.record("\(format) is refused")
                continue
            }
            #expect(counts[.unreadable] == 0, "\(format)")
            #expect(counts.events > 0, "\(format)")
        }
    }

    @Test(.enabled(if: Recorded.isPresent, "the recordings are not here"))
    func `a packed recording that is cut is read up to the cut`() throws {
        let packed = Recorded.bytes("binance-usdm/btcusdt_20240808.gz")
        for count in [40_000, 3_000_000] {
            let reading = Reading.bytes(Array(packed[..<count]))
            #expect(reading.error == nil)
            #expect(reading.trades.count > 20)
            #expect(reading.faults.count == 1)
            #expect(reading.faults.kept.first?.reason == .damaged(.cutOff(file: "memory", form: .gzip)))
            #expect(reading.events.last?.kind == .gap)
            let strict = Reading.bytes(Array(packed[..<count]), ReaderSettings(isStrict: true))
            #expect(strict.error?.description.hasSuffix("the gzip ends before its end mark") == true)
        }
    }

    @Test func `a file that is not there says so`() {
        let reading = Reading.file("/nowhere/at/all.dbn")
        #expect(reading.error?.description == "/nowhere/at/all.dbn cannot be opened: No such file or directory")
    }

    @Test func `one message of many levels passes through small batches whole`() {
        let levels = (1...5_000).map { "[\"\($0)\",\"1\"]" }.joined(separator: ",")
        let text =
            "1700000000000000000 "
            + #"{"stream":"a@depth20","data":{"lastUpdateId":1,"bids":[\#(levels)],"asks":[]}}"# + "\n"
        let bytes = Array(String(repeating: text, count: 5).utf8)
        for size in [1, 100, EventBatch.limit] {
            let reading = Reading.bytes(bytes, batch: size)
            #expect(reading.events.count == 5 * 5_001)
            #expect(reading.events.filter { $0.marks.contains(.lastOfGroup) }.count == 5)
        }
    }
}
