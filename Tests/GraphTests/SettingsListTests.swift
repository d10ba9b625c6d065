import Graph
import Testing

/// Lists of whole numbers and texts whose order counts.
private struct Lists: NodeSettings {
    let lengths: [Int]
    let amounts: [Int64]
    let words: [String]

    init(reading reader: inout SettingsReader) {
        lengths = reader.integers("lengths", in: 1...9, meaning: "The lengths")
        amounts = reader.decimals("amounts", in: 1...5_000_000_000, meaning: "The amounts")
        words = reader.texts(byName: "words", required: true, meaning: "The words") {
            name, text throws(SettingRefusal) in
            guard text != "no" else { throw SettingRefusal(problem: "it says no", remedy: "Write yes") }
            return "\(name)=\(text)"
        }
    }
}

@Suite struct `Lists in settings` {
    private func read(_ text: String) throws -> (settings: Lists, faults: [String]) {
        let (settings, faults) = SettingsReader.read(
            Lists.self, from: SettingsObject(try JSONParser.parse(text), path: JSONPath("it")))
        return (settings, faults.map(\.description))
    }

    @Test func `whole numbers stand in a list or alone, each once`() throws {
        #expect(try read(#"{ "lengths": [3, 1, 2], "words": {} }"#).settings.lengths == [3, 1, 2])
        #expect(try read(#"{ "lengths": 9, "words": {} }"#).settings.lengths == [9])
        #expect(try read(#"{ "words": {} }"#).settings.lengths == [])
        let (settings, faults) = try read(#"{ "lengths": [3, 10, 3, "4", 5], "words": {} }"#)
        #expect(settings.lengths == [3, 5])
        #expect(
            faults == [
                "line 1, column 18: it.lengths[1]: 10 is too large. Write a whole number, 1 to 9.",
                "line 1, column 22: it.lengths[2]: 3 stands in this list already. Write each number once.",
                #"line 1, column 25: it.lengths[3]: "4" cannot stand here. Write a whole number, 1 to 9."#,
            ])
    }

    @Test func `decimals stand in a list or alone, as numbers or texts, each once`() throws {
        #expect(try read(#"{ "amounts": [2, "0.5"], "words": {} }"#).settings.amounts == [2_000_000_000, 500_000_000])
        #expect(try read(#"{ "amounts": "1.5", "words": {} }"#).settings.amounts == [1_500_000_000])
        let (settings, faults) = try read(#"{ "amounts": [1, "1.0", 6, true], "words": {} }"#)
        #expect(settings.amounts == [1_000_000_000])
        #expect(
            faults == [
                #"line 1, column 18: it.amounts[1]: "1.0" stands in this list already. Write each number once."#,
                "line 1, column 25: it.amounts[2]: 6 is too large. Write a decimal, 0.000000001 to 5.",
                "line 1, column 28: it.amounts[3]: true cannot stand here. Write a decimal, 0.000000001 to 5.",
            ])
    }

    @Test func `texts by name keep their order, and a refusal stands behind the text`() throws {
        #expect(try read(#"{ "words": { "z": "1", "a": "2", "m": "3" } }"#).settings.words == ["z=1", "a=2", "m=3"])
        let (settings, faults) = try read(#"{ "words": { "z": "no", "a": "2", "m": 3 } }"#)
        #expect(settings.words == ["a=2"])
        #expect(
            faults == [
                #"line 1, column 19: it.words.z: "no": it says no. Write yes."#,
                "line 1, column 40: it.words.m: 3 cannot stand here. Write a text in quotes.",
            ])
        #expect(try read("{}").faults.first?.contains("it.words: the field is missing") == true)
        #expect(try read(#"{ "words": [] }"#).faults.first?.contains("Write an object of texts by name") == true)
    }

    @Test func `what the environment gave is not shown`() {
        let position = JSONPosition(line: 1, column: 1)
        let secret = JSONValue(.text("no"), at: position, origin: .environment(written: "${WORD}"))
        let words = JSONValue(.object([JSONMember(name: "z", position: position, value: secret)]), at: position)
        let member = JSONMember(name: "words", position: position, value: words)
        let object = SettingsObject(JSONValue(.object([member]), at: position), path: .root)
        let faults = SettingsReader.read(Lists.self, from: object).faults
        #expect(faults.map(\.problem) == [#""${WORD}": it cannot be read as the environment fills it"#])
    }
}
