import Foundation
import Graph
import TestPrograms
import Testing

/// A seeded generator (SplitMix64), so that a failure repeats.
struct Chance: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

@Suite struct `JSON parser` {
    func error(_ text: String) throws -> JSONError {
        try #require(#expect(throws: JSONError.self) { try JSONParser.parse(text) })
    }

    @Test func `values remember line and column`() throws {
        let value = try JSONParser.parse("{ \"ä\": [1,\r\n  true], \"b\": \"x\" }")
        let list = try #require(value["ä"])
        #expect(list.position == JSONPosition(line: 1, column: 8))
        #expect(list.elements?.map(\.position) == [JSONPosition(line: 1, column: 9), JSONPosition(line: 2, column: 3)])
        #expect(
            value.members?.map(\.position) == [JSONPosition(line: 1, column: 3), JSONPosition(line: 2, column: 10)])
    }

    @Test func `numbers keep their text`() throws {
        for text in ["0", "-0.10", "1e400", "12345678901234567890.000", "1E-7"] {
            #expect(try JSONParser.parse(text) == JSONValue(.number(text), at: .start))
        }
    }

    @Test func `texts come out of their escapes`() throws {
        let value = try JSONParser.parse(#""a\"\\\/\b\f\n\r\t\u0041\ud83d\ude00ß""#)
        #expect(value.text == "a\"\\/\u{8}\u{c}\n\r\tA😀ß")
    }

    @Test func `a byte order mark is passed over`() throws {
        #expect(try JSONParser.parse([0xEF, 0xBB, 0xBF] + Array("[]".utf8)).position == .start)
    }

    @Test(arguments: [
        "", " ", "{", "[", "[1", "[1,", "[1,]", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{a:1}",
        "'a'",
        "01", "-", "1.", ".5", "1e", "+1", "tru", "nul", "falsey", "NaN", "Infinity", "\"", "\"\\", "\"\\x\"",
        "\"\\u12\"",
        "\"\\ud800\"", "\"\\ude00\"", "\"\\ud800\\u0041\"", "\"\n\"", "\"\t\"", "1 2", "[1 2]", "{\"a\" 1}",
        "/* x */ 1",
        "// x", "# x", "{\"a\":1,\"a\":2}", "]", ",", "\u{0}", "[1]]",
    ])
    func `what is not JSON is refused`(text: String) throws { _ = try error(text) }

    @Test func `a fault names its place and both sides`() throws {
        #expect(
            try error("{ \"a\": 1,\n  // b\n}").description == """
                line 2, column 3: found "/" (JSON has no comments), expected a name in double quotes after the comma
                """)
        #expect(try error("[1, 2,]").description == "line 1, column 7: found ], expected a value after the comma")
    }

    @Test func `names that only look alike in Unicode count as one`() throws {
        #expect(try error("{ \"\u{E9}\": 1, \"e\u{301}\": 2 }").position == JSONPosition(line: 1, column: 11))
    }

    @Test func `ten megabytes of junk are one fault`() throws {
        let junk = [UInt8](repeating: UInt8(ascii: "["), count: 10 << 20)
        let error = try #require(#expect(throws: JSONError.self) { try JSONParser.parse(junk) })
        #expect(error.description == "line 1, column 1: found a file of 10485760 bytes, expected at most 4194304 bytes")
    }

    @Test(arguments: ["[", "{\"a\":", "[{\"a\":"])
    func `nesting two hundred thousand deep is one fault`(opening: String) throws {
        let error = try error(String(repeating: opening, count: 200_000))
        #expect(error.found == "level 65 of nesting")
    }

    @Test func `sixty-four levels are read`() throws {
        let text = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        #expect(try JSONParser.parse(text).description == text)
    }

    // MARK: Properties

    @Test func `a value written and read again is the same`() throws {
        var chance = Chance(state: 1)
        for _ in 0..<3_000 {
            let value = RandomJSON.value(depth: 0, using: &chance)
            #expect(try JSONParser.parse(value.description) == value)
        }
    }

    @Test func `what is read, another reader reads alike`() throws {
        var chance = Chance(state: 2)
        var accepted = 0
        for round in 0..<20_000 {
            let text = round % 2 == 0 ? RandomJSON.value(depth: 2, using: &chance).description : RandomJSON.small
            let bytes = RandomJSON.mutated(Array(text.utf8), by: 1, using: &chance)
            guard let value = try? JSONParser.parse(bytes) else { continue }
            accepted += 1
            // The other reader refuses numbers beyond a double; ours keeps their text.
            guard let other = try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed) else {
                #expect(RandomJSON.hasHugeNumber(value), "\(String(decoding: bytes, as: UTF8.self))")
                continue
            }
            #expect(RandomJSON.equal(value, other), "\(String(decoding: bytes, as: UTF8.self))")
        }
        #expect(accepted > 2_000)
    }

    @Test func `whatever another reader refuses is refused`() throws {
        var chance = Chance(state: 3)
        var refused = 0
        for _ in 0..<Campaign.rounds(6_000, each: 20_000) {
            let bytes = RandomJSON.mutated(Array(RandomJSON.small.utf8), by: 2, using: &chance)
            if (try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)) != nil { continue }
            refused += 1
            guard let value = try? JSONParser.parse(bytes) else { continue }
            #expect(RandomJSON.hasHugeNumber(value), "\(String(decoding: bytes, as: UTF8.self))")
        }
        #expect(refused > 2_000)
    }
}

/// Random values and random damage.
enum RandomJSON {
    static let small = #"{"a": [1, -2.5e3, true, null], "b": {"c": "\u0041\ud83d\ude00 ß\n", "d": ""}, "e": [[], {}]}"#

    static func value(depth: Int, using chance: inout Chance) -> JSONValue {
        let content: JSONValue.Content =
            switch Int.random(in: 0..<(depth > 4 ? 4 : 6), using: &chance) {
            case 0: .null
            case 1: .flag(.random(using: &chance))
            case 2: .number(number(using: &chance))
            case 3: .text(text(using: &chance))
            case 4:
                .list((0..<Int.random(in: 0..<5, using: &chance)).map { _ in value(depth: depth + 1, using: &chance) })
            default:
                .object(
                    (0..<Int.random(in: 0..<5, using: &chance)).map { index in
                        JSONMember(
                            name: "\(index)" + text(using: &chance), position: .start,
                            value: value(depth: depth + 1, using: &chance))
                    })
            }
        return JSONValue(content, at: .start)
    }

    static func number(using chance: inout Chance) -> String {
        let whole = Int64.random(in: -1_000_000_000...1_000_000_000, using: &chance)
        return Bool.random(using: &chance) ? "\(whole)" : "\(whole).\(UInt16.random(in: 0...9_999, using: &chance))"
    }

    static func text(using chance: inout Chance) -> String {
        let letters: [Unicode.Scalar] = ["a", "Z", "\"", "\\", "/", "\n", "\u{1}", "ß", "€", "😀", " ", "$", "{"]
        var text = ""
        for _ in 0..<Int.random(in: 0..<8, using: &chance) {
            text.unicodeScalars.append(letters[Int.random(in: 0..<letters.count, using: &chance)])
        }
        return text
    }

    /// Bytes changed, added, taken away, doubled or cut off.
    static func mutated(_ bytes: [UInt8], by limit: Int, using chance: inout Chance) -> [UInt8] {
        var bytes = bytes
        let favourites = Array("{}[]\",:\\0-.eEtn/ u\u{0}".utf8)
        for _ in 0..<Int.random(in: 1...limit, using: &chance) where !bytes.isEmpty {
            let index = Int.random(in: 0..<bytes.count, using: &chance)
            let favourite = favourites[Int.random(in: 0..<favourites.count, using: &chance)]
            switch Int.random(in: 0..<7, using: &chance) {
            case 0: bytes[index] = favourite
            case 1: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &chance)
            case 2: bytes.insert(favourite, at: index)
            case 3: bytes.remove(at: index)
            case 4: bytes.insert(contentsOf: bytes[index..<min(index + 9, bytes.count)], at: index)
            case 5: bytes.removeSubrange(index..<min(index + 9, bytes.count))
            default: bytes.removeSubrange(index...)
            }
        }
        return bytes
    }

    /// Whether a number is beyond what a double holds.
    static func hasHugeNumber(_ value: JSONValue) -> Bool {
        switch value.content {
        case .null, .flag, .text: false
        case .number(let digits): digits.contains { $0 == "e" || $0 == "E" } && abs(Double(digits) ?? 1) != 2_500
        case .list(let elements): elements.contains(where: hasHugeNumber)
        case .object(let members): members.contains { hasHugeNumber($0.value) }
        }
    }

    static func equal(_ value: JSONValue, _ other: Any) -> Bool {
        switch value.content {
        case .null: other is NSNull
        case .flag(let flag): other as? Bool == flag
        case .number(let digits):
            // The other reader goes through a decimal, and misses the nearest double by a hair.
            (other as? NSNumber).map { abs($0.doubleValue - (Double(digits) ?? .nan)) <= abs($0.doubleValue) * 1e-14 }
                ?? false
        case .text(let text): other as? String == text
        case .list(let elements):
            (other as? [Any]).map { $0.count == elements.count && zip(elements, $0).allSatisfy(equal) } ?? false
        case .object(let members):
            (other as? [String: Any]).map { fellow in
                fellow.count == members.count
                    && members.allSatisfy { member in fellow[member.name].map { equal(member.value, $0) } ?? false }
            } ?? false
        }
    }
}
