import TestMessages
import TestPrograms
import Testing
import Updates
import Wire

@Suite struct `The schema` {
    private let layouts = [SampleLadder.layout, SampleBar.layout, Heartbeat.layout]

    @Test func `the schema of known layouts is the stored one`() throws {
        let text = SchemaXML.text(layouts: layouts)
        #expect(try text == Golden.text("sample.xml", orWrite: text))
    }

    @Test func `bytes between fields get a name`() {
        let layout = UpdateLayout(
            template: 910, kind: "gappy", size: 16,
            fields: [
                UpdateField("late", .count, at: 8, "The second."), UpdateField("early", .flag, at: 1, "The first."),
            ], meaning: "Holes.")
        let names = SchemaXML.text(layouts: [layout]).split(separator: "\n").filter { $0.contains("field name") }
            .suffix(9).map { $0.split(separator: "\"")[1] }
        #expect(
            names == ["reserved0", "early"] + (2...7).map { "reserved\($0)" } + ["late"])
    }

    @Test(.enabled(if: SchemaDecoding.isPresent, "needs Python's package sbe, see Tests/requirements.txt"))
    func `a decoder that is not ours reads every message from the schema alone`() throws {
        var chance = SeededChance(seed: 50)
        var sent: [SentMessage] = []
        for round in 0..<120 {
            let isBar = round % 2 == 0
            let first = chance.next() >> 8
            let updates = (0..<UInt64(isBar ? 1 + chance.below(5) : 1)).map { offset in
                isBar
                    ? Sample.bar(&chance, number: first + offset) : Sample.ladder(&chance, number: first, limit: 12)
            }
            let head = Sample.messageHead(&chance, firstNumber: first, sizeStep: 1 + Int64(chance.below(1_000)))
            let layout = isBar ? SampleBar.layout : SampleLadder.layout
            sent.append(SentMessage(layout: layout, head: head, updates: updates))
        }
        let differences = try SchemaDecoding.differences(sent, schema: SchemaXML.text(layouts: layouts))
        #expect(differences.isEmpty, "\(differences.prefix(10))")
    }
}
