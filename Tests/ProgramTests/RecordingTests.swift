import Foundation
import Testing

/// Real recordings through the built program, held against figures that others computed.
@Suite(.enabled(if: Recordings.isPresent, "\(Recordings.absence)"))
struct `Real recordings through the program` {
    private let folder: TestFolder

    init() throws { folder = try TestFolder() }

    @Test func `the Binance recording has the figures of its table`() throws {
        let symbols = try BuiltProgram.replayed([Recordings.binance])
        #expect(symbols.keys.sorted() == ["BTCUSDT"])
        let found = try #require(symbols["BTCUSDT"])
        let expected: [String: Double] = [
            "count": 21_313, "open": 61_800.3, "high": 61_839.9, "low": 61_590.3, "close": 61_659.8,
            "volume": 2_429.366, "buy": 1_251.576, "sell": 1_177.79, "neutral": 0, "delta": 73.786, "poc": 61_640,
            "val": 61_593.4, "vah": 61_706.2, "refused": 0, "gaps": 0, "outsideSession": 0,
        ]
        compare(found, expected)
        let mean = try #require(found["vwap"] as? Double)
        #expect(abs(mean - 61_680.9822) < 0.000_05)
    }

    @Test func `a day of IBM has the figures of its table`() throws {
        let symbols = try BuiltProgram.replayed([Recordings.equity])
        #expect(symbols.keys.sorted() == ["IBM"])
        let found = try #require(symbols["IBM"])
        let expected: [String: Double] = [
            "count": 24_043, "open": 181.85, "high": 183.31, "low": 181.85, "close": 182, "volume": 3_718_714,
            "poc": 182, "val": 182, "vah": 182.66, "refused": 0, "gaps": 0, "outsideSession": 2,
        ]
        compare(found, expected)
        let mean = try #require(found["vwap"] as? Double)
        #expect(abs(mean - 182.527_173) < 0.000_000_5)
        let buy = try #require(found["buy"] as? Double)
        let sell = try #require(found["sell"] as? Double)
        let neutral = try #require(found["neutral"] as? Double)
        #expect(buy + sell + neutral == 3_718_714)
    }

    @Test func `every DBN file is replayed or refused by the name of its schema`() throws {
        let replayable: Set = ["trades", "tbbo", "mbp-1", "mbp-10", "mbo"]
        let files = try FileManager.default.contentsOfDirectory(atPath: Recordings.path("dbn"))
            .filter { $0.contains(".dbn") }.sorted()
        #expect(files.count >= 60)
        for file in files {
            let schema = String(file.split(separator: ".")[1])
            let path = Recordings.path("dbn/\(file)")
            let outcome = try BuiltProgram.run(["replay", path, "--json"], within: .seconds(20))
            if replayable.contains(schema) {
                #expect(outcome.status == 0, "\(file): \(outcome.errors)")
                #expect(outcome.output.contains("\"symbol\":\"ESH1\""), "\(file)")
                #expect(!outcome.errors.contains("unreadable"), "\(file): \(outcome.errors)")
            } else {
                #expect(outcome.status == 1 && outcome.output.isEmpty, "\(file)")
                let says = outcome.errors.contains("the DBN schema \(schema) is not replayed")
                #expect(says && outcome.errors.split(separator: "\n").count == 1, "\(file): \(outcome.errors)")
            }
        }
    }

    @Test func `lanes and batches do not change a single update`() throws {
        var digests: Set<String> = []
        for lanes in [1, 2, 4] {
            for batch in [1, 1_024] {
                let name = "\(lanes)-\(batch)"
                let outcome = try BuiltProgram.run(
                    [
                        "replay", Recordings.binance, "--json", "--lanes", "\(lanes)", "--batch", "\(batch)",
                        "--digest", folder.path(name),
                    ], within: .seconds(240))
                #expect(outcome.status == 0, "\(name): \(outcome.errors)")
                digests.insert(folder.text(name))
            }
        }
        #expect(digests.count == 1)
        let digest = try #require(digests.first)
        #expect(digest.contains("candle/1m/BTCUSDT/ ") && digest.contains("profile/session/BTCUSDT/ "))
    }

    /// The members are exact decimals: a double read from them is the one that the same decimal in Swift is.
    private func compare(_ found: [String: Any], _ expected: [String: Double]) {
        for (name, value) in expected {
            #expect(found[name] as? Double == value, "\(name): \(String(describing: found[name]))")
        }
    }
}
