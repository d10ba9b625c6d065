import JSONScan
import Testing

@Suite struct `JSON scanner` {
    private struct Missing: Error {}

    private func root(_ scanner: inout JSONScanner, _ text: String) -> JSONNode? {
        let bytes = Array(text.utf8)
        return unsafe try? scanner.parse(bytes.span.bytes)
    }

    private func node(_ scanner: borrowing JSONScanner, _ object: JSONNode, _ name: StaticString) throws -> JSONNode {
        guard let node = scanner.field(object, name) else { throw Missing() }
        return node
    }

    private static let values =
        #"{"s":"BTC\u0055SDT","u":18446744073709551615,"i":-5,"d":1.5,"t":true,"f":false,"n":null}"#

    @Test func `numbers are found by name and read by kind`() throws {
        var scanner = JSONScanner(byteLimit: 1 << 20)
        let root = try #require(root(&scanner, Self.values))
        let unsigned = try node(scanner, root, "u")
        let kind = scanner.kind(of: unsigned)
        #expect(kind == .unsigned)
        let whole = scanner.integer(unsigned)
        #expect(whole == nil)
        let wide = scanner.double(unsigned)
        #expect(wide == 18_446_744_073_709_551_616)
        let signed = scanner.integer(try node(scanner, root, "i"))
        #expect(signed == -5)
        let double = scanner.double(try node(scanner, root, "d"))
        #expect(double == 1.5)
    }

    @Test func `texts and truths are found by name and read by kind`() throws {
        var scanner = JSONScanner(byteLimit: 1 << 20)
        let root = try #require(root(&scanner, Self.values))
        let text = scanner.text(try node(scanner, root, "s"))
        #expect(text == "BTCUSDT")
        let yes = scanner.bool(try node(scanner, root, "t"))
        #expect(yes == true)
        let no = scanner.bool(try node(scanner, root, "f"))
        #expect(no == false)
        let null = scanner.kind(of: try node(scanner, root, "n"))
        #expect(null == .null)
        let absent = scanner.field(root, "x")
        #expect(absent == nil)
    }

    @Test func `levels of a book are pairs`() throws {
        var scanner = JSONScanner(byteLimit: 1 << 20)
        let root = try #require(root(&scanner, #"{"a":{"z":[1,2]},"b":[["61800.30","2.5"],["1"],7,[]],"c":1}"#))
        let levels = try node(scanner, root, "b")
        var cursor = scanner.walk(levels)
        var found: [String] = []
        while let element = scanner.nextElement(&cursor) {
            guard let pair = scanner.pair(element) else {
                found.append("none")
                continue
            }
            found.append((scanner.text(pair.first) ?? "") + "x" + (scanner.text(pair.second) ?? ""))
        }
        #expect(found == ["61800.30x2.5", "none", "none", "none"])
        let last = try node(scanner, root, "c")
        do {
            let found = scanner.integer(last)
            #expect(found == 1)
        }
    }

    @Test func `what is no JSON is refused with simdjson's sentence`() {
        var scanner = JSONScanner(byteLimit: 4_096)
        for text in ["", " ", "{", "{}{}", "[1,]", "{\"a\":}", "\"\u{1}\"", "nul", "{\"a\":1e999}", "[01]"] {
            let isRefused = root(&scanner, text) == nil
            #expect(isRefused, "\(text)")
        }
        let deep = root(&scanner, String(repeating: "[", count: 2_000) + String(repeating: "]", count: 2_000)) == nil
        #expect(deep)
        let long = root(&scanner, "\"" + String(repeating: "a", count: 5_000) + "\"") == nil
        #expect(long)
        let good = root(&scanner, "[]") != nil
        #expect(good, "A scanner must go on after a refusal.")
    }

    @Test func `flipped bits never crash`() {
        var scanner = JSONScanner(byteLimit: 4_096)
        let text = Array(#"{"e":"trade","E":1,"s":"A","p":"1.5","q":"2","m":true,"b":[["1","2"],["3","4"]]}"#.utf8)
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            var bytes = text
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] ^= 1 << UInt8.random(in: 0..<8)
            }
            guard let root = unsafe try? scanner.parse(bytes.span.bytes) else { continue }
            var cursor = scanner.walk(root)
            while let field = scanner.nextField(&cursor) {
                _ = scanner.text(field.key)
                var inner = scanner.walk(field.value)
                while let element = scanner.nextElement(&inner) { _ = scanner.pair(element) }
            }
        }
    }
}
