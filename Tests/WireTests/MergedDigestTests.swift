import Memory
import TestPrograms
import Testing
import Wire

@Suite struct `Digests of several processes` {
    private typealias Part = MergedDigest.Part

    /// A digest of so many updates on each of some topics.
    private static func digest(_ topics: [String: Int], limit: Int = 1 << 20) -> String {
        var digest = Digest(topicLimit: limit)
        for (topic, count) in topics.sorted(by: { $0.key < $1.key }) {
            for number in 0..<count {
                [UInt8](repeating: UInt8(number % 251), count: 56).withRawSpan { digest.append($0, topic: topic) }
            }
        }
        return digest.text()
    }

    @Test func `become the one of a single process, however the topics are spread`() throws {
        for seed in 0..<UInt64(20 * Campaign.factor) {
            var chance = SeededChance(seed: seed + Campaign.seed)
            var all: [String: Int] = [:]
            // Bytes sort otherwise than letters do.
            for number in 0..<(1 + chance.below(40)) {
                all["\(["a", "B", "é", "%"][number % 4])\(number)/"] = 1 + chance.below(9)
            }
            var spread = [[String: Int]](repeating: [:], count: 1 + chance.below(5))
            for (topic, count) in all { spread[chance.below(spread.count)][topic] = count }
            let parts = spread.enumerated().map { Part(name: "p\($0.offset)", text: Self.digest($0.element)) }
            #expect(try MergedDigest.text(of: parts) == Self.digest(all), "seed \(seed)")
        }
    }

    @Test func `with one topic in two of them are refused by name`() {
        let parts = [
            Part(name: "core.0", text: Self.digest(["a/": 1, "b/": 2])),
            Part(name: "core.1", text: Self.digest(["b/": 1])),
        ]
        #expect(throws: DigestMergeError.twice(topic: "b/", first: "core.0", second: "core.1")) {
            try MergedDigest.text(of: parts)
        }
    }

    @Test func `that are cut or changed are refused by name`() {
        let whole = Self.digest(["a/": 1, "b/": 2])
        let lines = whole.split(separator: "\n").map(String.init)
        let broken = [
            "", "\n", String(whole.dropLast()), String(whole.dropLast(9)), lines[0] + "\n",
            lines[0] + "\n" + lines[2] + "\n",
            whole.replacing("b/ 2", with: "b/ 3"), whole + whole, "a/ x y\n" + whole,
        ]
        for text in broken {
            #expect(throws: DigestMergeError.unfinished(part: "core"), "\(text)") {
                try MergedDigest.text(of: [Part(name: "core", text: text)])
            }
        }
    }

    @Test func `say how much all of them left out`() throws {
        let parts = ["a", "b"].map { name in
            Part(name: name, text: Self.digest(["\(name)/": 1, "\(name)z/": 3], limit: 1))
        }
        #expect(try MergedDigest.text(of: parts).hasSuffix(" incomplete: 6 updates beyond the topic limit\n"))
    }
}
