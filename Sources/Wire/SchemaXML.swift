public import Updates

/// The SBE schema of all binary messages, written from the layouts.
///
/// It keeps to what common readers know: no groups inside groups, and every byte of a block named from its first to its
/// last field, because some readers place fields by their order and not by their offset. Fields have named types,
/// because some readers take no primitive ones.
public enum SchemaXML {
    public static func text(layouts: [UpdateLayout]) -> String {
        var writer = SchemaWriter()
        writer.open(
            "sbe:messageSchema",
            [
                ("xmlns:sbe", "http://fixprotocol.io/2016/sbe"), ("package", "millrace"),
                ("id", "\(WireFormat.schema)"), ("version", "\(WireFormat.version)"), ("semanticVersion", "1.0"),
                ("description", "Binary messages of millrace."), ("byteOrder", "littleEndian"),
            ])
        let sorted = layouts.sorted { $0.template < $1.template }
        writer.types(of: sorted)
        for layout in sorted { writer.message(layout) }
        writer.close("sbe:messageSchema")
        return writer.text
    }
}

/// One field as a schema names it.
private struct SchemaField {
    let name: String
    let type: String
    let offset: Int
    let size: Int
    let meaning: String
}

private struct SchemaWriter {
    private(set) var text = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
    private var depth = 0

    mutating func open(_ tag: String, _ attributes: [(String, String)] = []) {
        line("<\(tag)\(SchemaWriter.written(attributes))>")
        depth += 1
    }

    mutating func close(_ tag: String) {
        depth -= 1
        line("</\(tag)>")
    }

    private mutating func empty(_ tag: String, _ attributes: [(String, String)]) {
        line("<\(tag)\(SchemaWriter.written(attributes))/>")
    }

    private mutating func line(_ content: String) {
        text += String(repeating: "    ", count: depth) + content + "\n"
    }

    // MARK: Types

    mutating func types(of layouts: [UpdateLayout]) {
        open("types")
        composite(
            "messageHeader",
            [("blockLength", "uint16"), ("templateId", "uint16"), ("schemaId", "uint16"), ("version", "uint16")])
        composite("groupSizeEncoding", [("blockLength", "uint16"), ("numInGroup", "uint16")])
        plainType("price", "int64", "Billionths of the quote currency.", null: "\(Int64.max)")
        plainType("quantity", "int64", "Steps of the message's sizeStep.", null: nil)
        plainType("count", "int64", "A count or an identifier.", null: nil)
        plainType("real", "double", "A computed value; not a number where there is none.", null: "NaN")
        plainType("time", "int64", "Nanoseconds since 1970-01-01 UTC.", null: "0")
        plainType("ordinal", "uint64", "A number, a position, or a publisher.", null: nil)
        plainType("revision", "uint32", "A count of revisions.", null: nil)
        plainType("step", "int64", "Billionths of a unit.", null: nil)
        plainType("reserved", "uint8", "Bytes without a meaning.", null: nil)
        enumeration("flag", ["false", "true"])
        enumeration("bookState", HeadTexts.bookStates)
        enumeration("reason", HeadTexts.reasons)
        set("flags", "uint8", HeadTexts.flags)
        for layout in layouts {
            choiceTypes(of: layout.fields, prefix: layout.kind)
            for group in layout.groups {
                choiceTypes(of: group.fields, prefix: SchemaWriter.joined(layout.kind, group.name))
            }
        }
        close("types")
    }

    private mutating func choiceTypes(of fields: [UpdateField], prefix: String) {
        for field in fields {
            switch field.type {
            case .choice(let names): enumeration(SchemaWriter.joined(prefix, field.name), names)
            case .marks(let names): set(SchemaWriter.joined(prefix, field.name), "uint32", names)
            case .price, .quantity, .count, .real, .time, .flag: break
            }
        }
    }

    private mutating func composite(_ name: String, _ members: [(String, String)]) {
        open("composite", [("name", name)])
        for (member, type) in members { empty("type", [("name", member), ("primitiveType", type)]) }
        close("composite")
    }

    private mutating func plainType(_ name: String, _ primitive: String, _ meaning: String, null: String?) {
        var attributes = [("name", name), ("primitiveType", primitive), ("description", meaning)]
        if let null { attributes += [("presence", "optional"), ("nullValue", null)] }
        empty("type", attributes)
    }

    private mutating func enumeration(_ name: String, _ values: [String]) {
        open("enum", [("name", name), ("encodingType", "uint8")])
        for (index, value) in values.enumerated() {
            line("<validValue name=\"\(SchemaWriter.escaped(value))\">\(index)</validValue>")
        }
        close("enum")
    }

    private mutating func set(_ name: String, _ encoding: String, _ values: [String]) {
        open("set", [("name", name), ("encodingType", encoding)])
        for (index, value) in values.enumerated() {
            line("<choice name=\"\(SchemaWriter.escaped(value))\">\(index)</choice>")
        }
        close("set")
    }

    // MARK: Messages

    mutating func message(_ layout: UpdateLayout) {
        open(
            "sbe:message",
            [
                ("name", layout.kind), ("id", "\(layout.template)"), ("blockLength", "\(MessageHead.size)"),
                ("description", layout.meaning),
            ])
        fields(SchemaWriter.messageFields, firstID: 1)
        open("group", SchemaWriter.group("updates", id: 10, size: layout.blockSize))
        fields(SchemaWriter.headFields, firstID: 11)
        let body = SchemaWriter.fields(layout.fields, of: layout.kind, size: layout.size)
        fields(body.map { $0.moved(by: UpdateHead.size) }, firstID: 101)
        close("group")
        for (index, group) in layout.groups.enumerated() {
            let id = 1_000 * (index + 1)
            open("group", SchemaWriter.group(group.name, id: id, size: group.size))
            fields(
                SchemaWriter.fields(
                    group.fields, of: SchemaWriter.joined(layout.kind, group.name), size: group.size),
                firstID: id + 1)
            close("group")
        }
        close("sbe:message")
    }

    private mutating func fields(_ fields: [SchemaField], firstID: Int) {
        for (index, field) in fields.enumerated() {
            empty(
                "field",
                [
                    ("name", field.name), ("id", "\(firstID + index)"), ("type", field.type),
                    ("offset", "\(field.offset)"), ("description", field.meaning),
                ])
        }
    }

    private static func group(_ name: String, id: Int, size: Int) -> [(String, String)] {
        [("name", name), ("id", "\(id)"), ("dimensionType", "groupSizeEncoding"), ("blockLength", "\(size)")]
    }

    /// The fields in the order of their offsets, with a name for every byte between them.
    private static func fields(_ fields: [UpdateField], of owner: String, size: Int) -> [SchemaField] {
        var result: [SchemaField] = []
        var end = 0
        for field in fields.sorted(by: { $0.offset < $1.offset }) {
            precondition(field.offset >= end, "The fields of \(owner) must not overlap.")
            result += (end..<field.offset).map { reserved(at: $0) }
            result.append(
                SchemaField(
                    name: field.name, type: type(of: field, in: owner), offset: field.offset, size: field.type.size,
                    meaning: field.meaning))
            end = field.offset + field.type.size
        }
        precondition(end <= size, "The fields of \(owner) must lie in its block.")
        return result
    }

    /// The name of a type that belongs to one field: `barSide`.
    private static func joined(_ owner: String, _ name: String) -> String {
        owner + name.prefix(1).uppercased() + name.dropFirst()
    }

    private static func reserved(at offset: Int) -> SchemaField {
        SchemaField(name: "reserved\(offset)", type: "reserved", offset: offset, size: 1, meaning: "Always 0.")
    }

    private static func type(of field: UpdateField, in owner: String) -> String {
        switch field.type {
        case .price: "price"
        case .quantity: "quantity"
        case .count: "count"
        case .real: "real"
        case .time: "time"
        case .flag: "flag"
        case .choice, .marks: joined(owner, field.name)
        }
    }

    private static let messageFields = [
        SchemaField(name: "publishTime", type: "time", offset: 0, size: 8, meaning: "The publisher's wall clock."),
        SchemaField(
            name: "position", type: "ordinal", offset: 8, size: 8,
            meaning: "The first update's place in its publisher's journal; those of the others are higher."),
        SchemaField(
            name: "publisher", type: "ordinal", offset: 16, size: 8,
            meaning: "Whose positions these are: the id of a journal, or of a run that keeps none."),
        SchemaField(
            name: "firstNumber", type: "ordinal", offset: 24, size: 8,
            meaning: "The first update's number on its topic; the others follow one by one."),
        SchemaField(
            name: "sizeStep", type: "step", offset: 32, size: 8,
            meaning: "One step of the message's quantities in billionths of a unit."),
    ]

    private static let headFields = [
        SchemaField(
            name: "number", type: "ordinal", offset: HeadOffset.number, size: 8,
            meaning: "The update's count on its topic, from 1."),
        SchemaField(
            name: "start", type: "time", offset: HeadOffset.start, size: 8,
            meaning: "Where the update's window begins, in venue time."),
        SchemaField(
            name: "end", type: "time", offset: HeadOffset.end, size: 8,
            meaning: "The first instant behind the window."),
        SchemaField(
            name: "revision", type: "revision", offset: HeadOffset.revision, size: 4,
            meaning: "0 for the first final value of a window; each later one adds 1."),
        SchemaField(
            name: "final", type: "flag", offset: HeadOffset.final, size: 1, meaning: "Whether the window is closed."),
        SchemaField(
            name: "bookState", type: "bookState", offset: HeadOffset.bookState, size: 1,
            meaning: "What the book was while the input came in."),
        SchemaField(
            name: "reason", type: "reason", offset: HeadOffset.reason, size: 1,
            meaning: "Why the update stands in place of an earlier one."),
        SchemaField(
            name: "flags", type: "flags", offset: HeadOffset.flags, size: 1, meaning: "Marks that must be seen."),
        SchemaField(
            name: "coverage", type: "real", offset: HeadOffset.coverage, size: 8,
            meaning: "The part of the window without declared gaps, 0 to 1."),
        SchemaField(
            name: "gapSeconds", type: "real", offset: HeadOffset.gapSeconds, size: 8,
            meaning: "The declared gaps in the window, in seconds."),
        SchemaField(
            name: "inferredShare", type: "real", offset: HeadOffset.inferredShare, size: 8,
            meaning: "The part of signed volume whose side no venue flag told."),
    ]

    // MARK: Text

    private static func written(_ attributes: [(String, String)]) -> String {
        attributes.map { " \($0.0)=\"\(escaped($0.1))\"" }.joined()
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.append(character)
            }
        }
        return result
    }
}

extension SchemaField {
    fileprivate func moved(by distance: Int) -> SchemaField {
        SchemaField(name: name, type: type, offset: offset + distance, size: size, meaning: meaning)
    }
}
