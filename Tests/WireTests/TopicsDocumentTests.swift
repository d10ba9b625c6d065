import Market
import TestPrograms
import Testing
import Updates
import Wire

@Suite struct `The document of topics` {
    @Test func `the document of known layouts is the stored one`() throws {
        var chance = SeededChance(seed: 70)
        let example = TopicExample(
            prefix: "ladder/session/", subject: Sample.subject("BTC/USD"),
            head: Sample.messageHead(&chance, firstNumber: 1, sizeStep: 10), update: Sample.ladder(&chance, limit: 2))
        let ladder = TopicSection(
            SampleLadder.layout, patterns: ["ladder/session/SYMBOL/", "ladder/live/SYMBOL/"], remarks: "By hand.",
            example: example)
        let text = try TopicsDocument.text([ladder, Heartbeat.section])
        #expect(try text == Golden.text("topics.md", orWrite: text))
    }

    @Test func `an example of another kind is refused`() {
        var chance = SeededChance(seed: 71)
        let example = TopicExample(
            prefix: "bar/", subject: .node("n"), head: Sample.messageHead(&chance, firstNumber: 1, sizeStep: 1),
            update: Sample.ladder(&chance))
        let section = TopicSection(SampleBar.layout, patterns: [], remarks: "", example: example)
        #expect(throws: WireError.self) { try TopicsDocument.text([section]) }
    }
}
