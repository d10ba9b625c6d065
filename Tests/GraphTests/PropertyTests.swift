import Graph
import TestPrograms
import Testing

@Suite struct `Damaged topologies` {
    /// Every result is a topology, or faults that each name a place and say something.
    func check(_ bytes: [UInt8]) {
        do {
            _ = try Topology.read(bytes, kinds: InventedKinds.list, environment: ["PORT": "5556"])
        } catch {
            #expect(!error.faults.isEmpty)
            let lines = bytes.count { $0 == UInt8(ascii: "\n") } + 1
            let strange = error.faults.first { fault in
                !(1...lines).contains(fault.position.line) || !(1...bytes.count + 1).contains(fault.position.column)
                    || fault.problem.isEmpty || fault.remedy.isEmpty || fault.description.utf8.contains { $0 < 32 }
            }
            #expect(strange == nil)
            #expect(error.faults == error.faults.sorted())
        }
    }

    @Test func `damaged bytes give faults with places`() {
        var chance = Chance(state: 11 + Campaign.seed)
        let bytes = Array(`Good topologies`.example.utf8)
        for _ in 0..<3_000 * Campaign.factor { check(RandomJSON.mutated(bytes, by: 3, using: &chance)) }
    }

    @Test func `values swapped for others give faults with places`() throws {
        var chance = Chance(state: 12 + Campaign.seed)
        let file = try JSONParser.parse(`Good topologies`.example)
        for _ in 0..<Campaign.rounds(600, each: 3_000) { check(Array(swapped(file, using: &chance).description.utf8)) }
    }

    /// The file with some values replaced by random ones, and some names by near ones.
    func swapped(_ value: JSONValue, using chance: inout Chance) -> JSONValue {
        if Int.random(in: 0..<40, using: &chance) == 0 { return RandomJSON.value(depth: 2, using: &chance) }
        switch value.content {
        case .null, .flag, .number, .text: return value
        case .list(let elements): return JSONValue(.list(elements.map { swapped($0, using: &chance) }), at: .start)
        case .object(let members):
            let swapped = members.map { member in
                let name = Int.random(in: 0..<40, using: &chance) == 0 ? member.name + "s" : member.name
                return JSONMember(name: name, position: .start, value: self.swapped(member.value, using: &chance))
            }
            return JSONValue(.object(swapped), at: .start)
        }
    }

    @Test(.timeLimit(.minutes(1))) func `a file made to be slow still ends`() {
        let names = (0..<12_000).map { "\"A\($0)*B\"" }.joined(separator: ",")
        let fields = (0..<12_000).map { "\"f\($0)\":0" }.joined(separator: ",")
        let patterns = (0..<250).map { "\"*\($0)*\($0)*\"" }.joined(separator: ",")
        let nodes = (0..<200).map { "\"n\($0)\":{\"kind\":\"live\",\"symbols\":[\(patterns)]}" }.joined(separator: ",")
        let apart = (0..<30).map { node in
            let own = (0..<60).map { "\"N\(node)P\($0)-*\"" }.joined(separator: ",")
            return "\"n\(node)\":{\"kind\":\"live\",\"symbols\":[\(own)]}"
        }.joined(separator: ",")
        let edges = (0..<200).map { "{\"from\":\"n\($0)\",\"to\":\"flow\"}" }.joined(separator: ",")
        let ring = (0..<250).map { "{\"from\":\"n\($0)\",\"to\":\"n\(($0 + 1) % 250)\"}" }.joined(separator: ",")
        for text in [
            "{\"millrace\":1,\"nodes\":{\"a\":{\"kind\":\"live\",\"symbols\":[\(names)]}}}",
            "{\"millrace\":1,\"nodes\":{\"a\":{\"kind\":\"symbols\",\(fields)}}}",
            "{\"millrace\":1,\"nodes\":{\"flow\":{\"kind\":\"symbols\"},\(nodes)},\"edges\":[\(edges)]}",
            "{\"millrace\":1,\"nodes\":{\"flow\":{\"kind\":\"symbols\"},\(apart)},\"edges\":[\(edges)]}",
            "{\"millrace\":1,\"nodes\":{\"flow\":{\"kind\":\"symbols\"},\(nodes)},\"edges\":[\(ring)]}",
            "{\"millrace\":1,\"calendars\":{\(fields)},\"instruments\":{\(fields)},\(fields)}",
        ] { check(Array(text.utf8)) }
    }

    @Test func `more patterns than can be compared are a fault`() throws {
        let names = (0..<50_000).map { "\"N\($0)\"" }.joined(separator: ",")
        let patterns = (0..<200).map { "\"P\($0)*\"" }.joined(separator: ",")
        let text = """
            { "millrace": 1,
              "nodes": { "a": { "kind": "live", "symbols": [\(names)] },
                         "flow": { "kind": "symbols" }, "screen": { "kind": "console" } },
              "edges": [ { "from": "a", "to": "flow", "symbols": [\(patterns)] }, { "from": "flow", "to": "screen" } ] }
            """
        let error = try #require(
            #expect(throws: TopologyError.self) {
                try Topology.read(Array(text.utf8), kinds: InventedKinds.list, environment: [:])
            })
        #expect(error.faults.map(\.problem) == ["the file has too many patterns of symbols to compare"])
    }
}

@Suite struct `Symbol patterns` {
    static let texts = words(of: ["a", "b", "*"], upTo: 4).filter { !$0.isEmpty }
    static let names = words(of: ["a", "b"], upTo: 7)

    static func words(of letters: [String], upTo length: Int) -> [String] {
        var all = [""]
        var last = [""]
        for _ in 0..<length {
            last = last.flatMap { word in letters.map { word + $0 } }
            all += last
        }
        return all
    }

    /// The plain definition, letter by letter.
    func matches(_ pattern: Substring, _ name: Substring) -> Bool {
        guard let first = pattern.first else { return name.isEmpty }
        if first == "*" {
            return matches(pattern.dropFirst(), name) || !name.isEmpty && matches(pattern, name.dropFirst())
        }
        return name.first == first && matches(pattern.dropFirst(), name.dropFirst())
    }

    @Test func `patterns match and overlap as the plain definition says`() {
        let sets = Self.texts.map { text in
            (SymbolPattern(text), Set(Self.names.filter { matches(text[...], $0[...]) }))
        }
        for (pattern, set) in sets {
            #expect(set == Set(Self.names.filter(pattern.matches)), "\(pattern)")
        }
        // Two patterns of at most four bytes share a name of at most seven if they share one at all.
        for (one, oneSet) in sets {
            for (other, otherSet) in sets where one.overlaps(other) == oneSet.isDisjoint(with: otherSet) {
                Issue.record("\(one) and \(other)")
            }
        }
    }
}

@Suite struct `Spelling and durations` {
    @Test(
        arguments: [
            ("widht", "width"), ("WIDTHS", "width"), ("rte", "rate"), ("rat", "rate"), ("candels", "candles"),
            ("xyz", nil),
            ("", nil), ("analytic", nil),
        ] as [(String, String?)])
    func `the nearest name is the one that was meant`(name: String, meant: String?) {
        #expect(Spelling.nearest(to: name, among: ["rate", "width", "candles"]) == meant)
    }

    @Test func `durations go to text and back`() {
        var chance = Chance(state: 5)
        for _ in 0..<5_000 {
            let nanoseconds =
                Int64.random(in: 1...Int64.max, using: &chance) >> Int64.random(in: 0..<63, using: &chance)
            let duration = Duration.nanoseconds(max(nanoseconds, 1))
            #expect(DurationText.duration(DurationText.text(duration)) == duration)
        }
        for (text, duration) in [("off", Duration.zero), ("0", .zero), ("0s", .zero), ("1.5s", .milliseconds(1_500))] {
            #expect(DurationText.duration(text) == duration)
        }
        #expect(DurationText.text(.seconds(300)) == "5m")
        #expect(DurationText.text(.seconds(90)) == "90s")
    }

    @Test(arguments: ["", "1", "s", "-1s", "1 s", "1S", "1e3s", "0.1ns", "300000d", "1h30m", "٣s", "1mn", "NaNs"])
    func `other texts are no duration`(text: String) { #expect(DurationText.duration(text) == nil) }
}
