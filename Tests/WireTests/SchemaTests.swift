import Foundation
import Market
import Memory
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

    /// The package `sbe` 0.4 (PyPI) knows nothing of this program but the schema.
    @Test(.enabled(if: PythonProgram.hasPackage("sbe"), "needs Python's package sbe, see Tests/requirements.txt"))
    func `a decoder that is not ours reads every message from the schema alone`() throws {
        var chance = SeededChance(seed: 50)
        let folder = try RunningProgram.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let (schema, messages) = (folder.appending(path: "schema.xml"), folder.appending(path: "messages"))
        try Data(SchemaXML.text(layouts: layouts).utf8).write(to: schema)
        var lines = ""
        var sent: [(layout: UpdateLayout, head: MessageHead, updates: [[UInt8]])] = []
        for round in 0..<120 {
            let layout = round % 2 == 0 ? SampleBar.layout : SampleLadder.layout
            let first = chance.next() >> 8
            let count = round % 2 == 0 ? 1 + chance.below(5) : 1
            let updates = (0..<UInt64(count)).map { offset in
                round % 2 == 0
                    ? Sample.bar(&chance, number: first + offset) : Sample.ladder(&chance, number: first, limit: 12)
            }
            let head = Sample.messageHead(&chance, firstNumber: first, sizeStep: 1 + Int64(chance.below(1_000)))
            lines += message(layout, updates, head).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() + "\n"
            sent.append((layout, head, updates))
        }
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "decode_with_schema.py")
        try Data(lines.utf8).write(to: messages)
        let result = try PythonProgram.finish(
            PythonProgram.path, [script.path(), schema.path(), messages.path()])
        #expect(result.status == 0, "\(result.output)")
        let answers = result.output.split(separator: "\n")
        try #require(answers.count == sent.count)
        for (answer, message) in zip(answers, sent) {
            let root = try #require(try JSONSerialization.jsonObject(with: Data(answer.utf8)) as? [String: Any])
            try compare(root, message.layout, message.head, message.updates)
        }
    }

    private func message(_ layout: UpdateLayout, _ updates: [[UInt8]], _ head: MessageHead) -> [UInt8] {
        let encoding = BinaryEncoding(layout)
        var buffer = ByteBuffer()
        let start = encoding.begin(head, into: &buffer)
        for update in updates { update.withRawSpan { encoding.append($0, to: &buffer) } }
        encoding.end(updates.count, at: start, in: &buffer)
        return buffer.withBytes { $0.array }
    }

    /// Holds what the other decoder read against the bytes that were sent.
    private func compare(
        _ root: [String: Any], _ layout: UpdateLayout, _ head: MessageHead, _ updates: [[UInt8]]
    ) throws {
        #expect(root["name"] as? String == layout.kind)
        let value = try #require(root["value"] as? [String: Any])
        #expect((value["position"] as? NSNumber)?.uint64Value == head.position)
        #expect((value["publisher"] as? NSNumber)?.uint64Value == head.publisher)
        #expect((value["firstNumber"] as? NSNumber)?.uint64Value == head.firstNumber)
        #expect((value["sizeStep"] as? NSNumber)?.int64Value == head.sizeStep)
        let entries = try #require(value["updates"] as? [[String: Any]])
        try #require(entries.count == updates.count)
        for (entry, update) in zip(entries, updates) {
            #expect((entry["number"] as? NSNumber)?.uint64Value == integer(update, 0, as: UInt64.self))
            #expect((entry["revision"] as? NSNumber)?.uint32Value == integer(update, 24, as: UInt32.self))
            #expect(entry["final"] as? String == (update[28] == 1 ? "true" : "false"))
            #expect(real(entry["coverage"]) == real(update, 32))
            try compare(entry, layout.fields, update, at: 56)
        }
        guard let update = updates.first else { return }
        var offset = 56 + layout.size
        for group in layout.groups {
            let rows = try #require(value[group.name] as? [[String: Any]])
            #expect(rows.count == Int(integer(update, offset + 2, as: UInt16.self)))
            offset += 4
            for row in rows {
                try compare(row, group.fields, update, at: offset)
                offset += group.size
            }
        }
    }

    private func compare(
        _ entry: [String: Any], _ fields: [UpdateField], _ update: [UInt8], at base: Int
    ) throws {
        for field in fields {
            let found = entry[field.name]
            let place = base + field.offset
            switch field.type {
            case .price, .quantity, .count, .time:
                let stored = integer(update, place, as: Int64.self)
                let isNone = field.type == .price && stored == .max || field.type == .time && stored == 0
                #expect((found as? NSNumber)?.int64Value == (isNone ? nil : stored), "\(field.name)")
            case .real: #expect(real(found) == real(update, place), "\(field.name)")
            case .flag: #expect(found as? String == (update[place] == 1 ? "true" : "false"), "\(field.name)")
            case .choice(let names):
                let choice = Int(update[place])
                #expect(found as? String == (choice < names.count ? names[choice] : nil), "\(field.name)")
            case .marks(let names):
                let bits = integer(update, place, as: UInt32.self)
                let set = names.indices.filter { bits >> UInt32($0) & 1 == 1 }.map { names[$0] }
                #expect(found as? [String] == set, "\(field.name)")
            }
        }
    }

    private func integer<Value: FixedWidthInteger & BitwiseCopyable>(
        _ bytes: [UInt8], _ offset: Int, as type: Value.Type
    ) -> Value {
        bytes.withRawSpan { $0.integer(at: offset) }
    }

    /// A double's bits; nil for what is no number.
    private func real(_ bytes: [UInt8], _ offset: Int) -> UInt64? {
        let bits = integer(bytes, offset, as: UInt64.self)
        return Double(bitPattern: bits).isNaN ? nil : bits
    }

    private func real(_ value: Any?) -> UInt64? { (value as? String).flatMap(Double.init)?.bitPattern }
}
