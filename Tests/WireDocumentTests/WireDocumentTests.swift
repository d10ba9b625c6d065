import Analytics
import Foundation
import Market
import TestMessages
import TestPrograms
import Testing
import Updates
import Wire

/// The files that tell others what is on the wire, held against what the program really sends.
@Suite struct `The documents of the wire` {
    private static let market = SmallMarket()
    private static let busy = BusyMarket()
    private static let layouts = AnalyticLayouts.all + [Heartbeat.layout]

    /// Compares a text with a file of docs/; with `UPDATE_GOLDEN=1` in the environment the file is written instead.
    private func stored(_ name: String, orWrite text: String) throws -> String {
        let file = PythonProgram.root.appending(path: "docs/\(name)")
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" { try Data(text.utf8).write(to: file) }
        return String(decoding: try Data(contentsOf: file), as: UTF8.self)
    }

    @Test func `the stored schema is that of all layouts`() throws {
        let text = SchemaXML.text(layouts: Self.layouts)
        #expect(try text == stored("wire/millrace.xml", orWrite: text))
    }

    @Test func `the stored document tells of every topic`() throws {
        let sections =
            try TopicRemarks.all.map { try section($0, of: Self.market.updates) }
            + TopicRemarks.analytics.map { try section($0, of: Self.busy.updates) } + [Heartbeat.section]
        #expect(Set(sections.map(\.layout.template)) == Set(Self.layouts.map(\.template)))
        let text = try TopicsDocument.text(sections)
        #expect(try text == stored("topics.md", orWrite: text))
    }

    @Test func `the patterns are the topics that a symbols node has`() {
        let told = Set(TopicRemarks.all.flatMap(\.patterns))
        let real = Self.market.updates.map { emitted in
            let parts = emitted.topic.prefix.split(separator: "/")
            let hasWidth = parts.count == 2 && parts[0] != "profile"
            return hasWidth ? "\(parts[0])/WIDTH/SYMBOL/" : emitted.topic.prefix + "SYMBOL/"
        }
        #expect(told == Set(real))
        // Those of analytics begin with their kind.
        for remarks in TopicRemarks.analytics {
            let kind = remarks.layout.kind
            #expect(remarks.patterns.allSatisfy { $0.hasPrefix("\(kind)/") }, "\(kind)")
        }
        let kinds = Set(AnalyticCatalogue.all.flatMap(\.layouts).map(\.kind))
        #expect(Set(TopicRemarks.analytics.map(\.layout.kind)) == kinds)
    }

    @Test func `the busy market has something of every analytic`() {
        let seen = Set(Self.busy.updates.map(\.topic.layout.kind))
        for kind in AnalyticCatalogue.all.flatMap(\.layouts).map(\.kind) { #expect(seen.contains(kind), "\(kind)") }
    }

    @Test func `the small market shows every way in which an update comes`() {
        let updates = Self.market.updates
        let listed = Set(AnalyticCatalogue.all.flatMap(\.layouts).map(\.template))
        let own = Set(AnalyticLayouts.all.map(\.template)).subtracting(listed)
        #expect(Set(updates.map(\.topic.layout.template)) == own)
        for kind in ["candle", "delta", "vwap", "profile", "cvd", "session"] {
            let heads = updates.filter { $0.topic.layout.kind == kind }.map(\.head)
            #expect(heads.contains { $0.isFinal } && heads.contains { !$0.isFinal }, "\(kind)")
        }
        let revised = updates.filter { $0.head.revision > 0 }.map(\.topic.prefix)
        #expect(Set(revised).isSuperset(of: ["candle/1m/", "delta/1m/"]))
        #expect(updates.contains { $0.head.coverage < 1 && $0.head.gapSeconds > 0 })
    }

    /// The package `sbe` (PyPI) knows nothing of this program but docs/wire/millrace.xml.
    @Test(.enabled(if: SchemaDecoding.isPresent, "needs Python's package sbe, see Tests/requirements.txt"))
    func `a decoder that is not ours reads real updates of every kind from the stored schema`() throws {
        let file = PythonProgram.root.appending(path: "docs/wire/millrace.xml")
        let schema = String(decoding: try Data(contentsOf: file), as: UTF8.self)
        let beat = Heartbeat.section.example
        let messages =
            Self.market.messages(of: 16) + Self.busy.messages(of: 16)
            + [SentMessage(layout: Heartbeat.layout, head: beat.head, updates: [beat.update])]
        #expect(Set(messages.map(\.layout.template)) == Set(Self.layouts.map(\.template)))
        let differences = try SchemaDecoding.differences(messages, schema: schema)
        #expect(differences.isEmpty, "\(differences.count): \(differences.prefix(10))")
    }

    /// The remarks with an example: the last final update on the kind's first topic that is no revision, or the last
    /// one where none is final.
    private func section(_ remarks: TopicRemarks, of updates: [Emitted]) throws -> TopicSection {
        let all = updates.enumerated().filter { $0.element.topic.layout == remarks.layout }
        let topic = try #require(all.first).element.topic
        let finals = all.filter { $0.element.topic == topic && $0.element.head.isFinal }
        let topical = all.filter { $0.element.topic == topic }
        let example = try #require(
            finals.last { $0.element.head.revision == 0 } ?? topical.last, "\(remarks.layout.kind)")
        let isOwn = TopicRemarks.all.contains { $0.layout == remarks.layout }
        let symbol = try #require(Symbol(isOwn ? SmallMarket.symbol : BusyMarket.symbol))
        return TopicSection(
            remarks.layout, patterns: remarks.patterns, remarks: remarks.text,
            example: TopicExample(
                prefix: example.element.topic.prefix, subject: .symbol(symbol),
                head: SmallMarket.messageHead(
                    example.element.head, position: example.offset + 1,
                    sizeStep: isOwn ? SmallMarket.sizeStep : BusyMarket.sizeStep),
                update: example.element.bytes))
    }
}
