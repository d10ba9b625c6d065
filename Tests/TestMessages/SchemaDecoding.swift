import Foundation
import Market
import Memory
import TestPrograms
public import Updates
public import Wire

/// A binary message, and what was put into it.
public struct SentMessage: Sendable {
    public let layout: UpdateLayout
    public let head: MessageHead
    /// Head, body and groups of each update.
    public let updates: [[UInt8]]

    public init(layout: UpdateLayout, head: MessageHead, updates: [[UInt8]]) {
        self.layout = layout
        self.head = head
        self.updates = updates
    }

    var bytes: [UInt8] {
        let encoding = BinaryEncoding(layout)
        var buffer = ByteBuffer()
        let start = encoding.begin(head, into: &buffer)
        for update in updates { update.withRawSpan { encoding.append($0, to: &buffer) } }
        encoding.end(updates.count, at: start, in: &buffer)
        return buffer.withBytes { $0.array }
    }
}

/// Messages read by the package `sbe` (PyPI), which knows nothing of this program but the schema.
public enum SchemaDecoding {
    public static var isPresent: Bool { PythonProgram.hasPackage("sbe") }

    /// Has all messages decoded from the schema and says, field by field, where the result is not what was sent.
    public static func differences(_ messages: [SentMessage], schema: String) throws -> [String] {
        let folder = try RunningProgram.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let (schemaFile, messageFile) = (folder.appending(path: "schema.xml"), folder.appending(path: "messages"))
        try Data(schema.utf8).write(to: schemaFile)
        try Data(messages.map { hexadecimal($0.bytes) + "\n" }.joined().utf8).write(to: messageFile)
        let script = PythonProgram.root.appending(path: "Tests/TestMessages/decode_with_schema.py")
        let result = try PythonProgram.finish(
            PythonProgram.path, [script.path(), schemaFile.path(), messageFile.path()])
        guard result.status == 0 else { return ["the decoder failed: \(result.output)"] }
        let answers = result.output.split(separator: "\n")
        guard answers.count == messages.count else { return ["\(answers.count) of \(messages.count) messages"] }
        var comparison = Comparison()
        for (answer, message) in zip(answers, messages) {
            let root = try JSONSerialization.jsonObject(with: Data(answer.utf8)) as? [String: Any]
            comparison.compare(root ?? [:], message)
        }
        return comparison.differences
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

/// Holds what the other decoder read against the bytes that were sent.
private struct Comparison {
    private(set) var differences: [String] = []

    mutating func compare(_ root: [String: Any], _ message: SentMessage) {
        let (layout, head) = (message.layout, message.head)
        let value = root["value"] as? [String: Any] ?? [:]
        check(root["name"] as? String == layout.kind, "name", of: layout.kind)
        let published = whole(head.publishTime.nanoseconds)
        check(number(value["publishTime"])?.int64Value == published, "publishTime", of: "head")
        check(number(value["position"])?.uint64Value == head.position, "position", of: "head")
        check(number(value["publisher"])?.uint64Value == head.publisher, "publisher", of: "head")
        check(number(value["firstNumber"])?.uint64Value == head.firstNumber, "firstNumber", of: "head")
        check(number(value["sizeStep"])?.int64Value == head.sizeStep, "sizeStep", of: "head")
        let entries = value["updates"] as? [[String: Any]] ?? []
        check(entries.count == message.updates.count, "updates", of: layout.kind)
        for (entry, update) in zip(entries, message.updates) {
            compareHead(entry, update, of: layout.kind)
            compare(entry, layout.fields, update, at: UpdateHead.size, of: layout.kind)
        }
        if let update = message.updates.first { compareGroups(value, layout, update) }
    }

    private mutating func compareHead(_ entry: [String: Any], _ update: [UInt8], of kind: String) {
        check(number(entry["number"])?.uint64Value == integer(update, 0), "number", of: kind)
        check(number(entry["start"])?.int64Value == whole(integer(update, 8)), "start", of: kind)
        check(number(entry["end"])?.int64Value == whole(integer(update, 16)), "end", of: kind)
        check(number(entry["revision"])?.uint32Value == integer(update, 24), "revision", of: kind)
        check(entry["final"] as? String == (update[28] == 1 ? "true" : "false"), "final", of: kind)
        for (name, place) in [("coverage", 32), ("gapSeconds", 40), ("inferredShare", 48)] {
            check(real(entry[name]) == real(update, place), name, of: kind)
        }
    }

    private mutating func compareGroups(_ value: [String: Any], _ layout: UpdateLayout, _ update: [UInt8]) {
        var offset = UpdateHead.size + layout.size
        for group in layout.groups {
            let rows = value[group.name] as? [[String: Any]] ?? []
            let count: UInt16 = integer(update, offset + 2)
            check(rows.count == Int(count), group.name, of: layout.kind)
            offset += 4
            for row in rows {
                compare(row, group.fields, update, at: offset, of: "\(layout.kind).\(group.name)")
                offset += group.size
            }
        }
    }

    private mutating func compare(
        _ entry: [String: Any], _ fields: [UpdateField], _ update: [UInt8], at base: Int, of owner: String
    ) {
        for field in fields {
            check(isEqual(entry[field.name], field.type, update, base + field.offset), field.name, of: owner)
        }
    }

    private func isEqual(_ found: Any?, _ type: FieldType, _ update: [UInt8], _ place: Int) -> Bool {
        switch type {
        case .price, .quantity, .count, .time:
            let stored: Int64 = integer(update, place)
            let isNone = type == .price && stored == .max || type == .time && stored == 0
            return number(found)?.int64Value == (isNone ? nil : stored)
        case .real: return real(found) == real(update, place)
        case .flag: return found as? String == (update[place] == 1 ? "true" : "false")
        case .choice(let names):
            let choice = Int(update[place])
            return found as? String == (choice < names.count ? names[choice] : nil)
        case .marks(let names):
            let bits: UInt32 = integer(update, place)
            return found as? [String] == names.indices.filter { bits >> UInt32($0) & 1 == 1 }.map { names[$0] }
        }
    }

    private mutating func check(_ isEqual: Bool, _ field: String, of owner: String) {
        if !isEqual { differences.append("\(owner).\(field)") }
    }

    private func number(_ value: Any?) -> NSNumber? { value as? NSNumber }

    /// A time as the schema's null makes it.
    private func whole(_ nanoseconds: Int64) -> Int64? { nanoseconds == 0 ? nil : nanoseconds }

    private func integer<Value: FixedWidthInteger & BitwiseCopyable>(_ bytes: [UInt8], _ offset: Int) -> Value {
        bytes.withRawSpan { $0.integer(at: offset) }
    }

    /// A double's bits; nil for what is no number.
    private func real(_ bytes: [UInt8], _ offset: Int) -> UInt64? {
        let bits: UInt64 = integer(bytes, offset)
        return Double(bitPattern: bits).isNaN ? nil : bits
    }

    private func real(_ value: Any?) -> UInt64? { (value as? String).flatMap(Double.init)?.bitPattern }
}
