internal import Market
public import Memory
public import Updates

/// Writes updates of one kind as JSON: the layout is compiled once into the texts of its keys and what follows each.
public struct JSONEncoding: Sendable {
    public let layout: UpdateLayout
    private let texts: TextTable
    private let head: HeadTexts
    private let fields: [FieldStep]
    private let groups: [GroupStep]

    public init(_ layout: UpdateLayout) {
        self.layout = layout
        var texts = TextTable()
        head = HeadTexts(kind: layout.kind, in: &texts)
        fields = layout.fields.map { field in
            precondition(!HeadTexts.names.contains(field.name), "A field must not be named like one of the head.")
            precondition(field.offset + field.type.size <= layout.size, "A field must lie in its body.")
            return FieldStep(field, base: UpdateHead.size, separator: ",", in: &texts)
        }
        groups = layout.groups.map { group in
            precondition(!HeadTexts.names.contains(group.name), "A group must not be named like a field of the head.")
            return GroupStep(group, in: &texts)
        }
        self.texts = texts
    }

    /// Appends one message; `head.position` is this update's own, its `firstNumber` is not used.
    ///
    /// Throws when the update is not as long as its layout says; nothing is appended then.
    public func encode(
        _ update: RawSpan, of subject: Subject, head: MessageHead, into buffer: inout ByteBuffer
    ) throws(WireError) {
        let size = try layout.updateSize(in: update, at: 0)
        guard size == update.byteCount else { throw .trailingBytes(update.byteCount - size) }
        self.head.write(update, of: subject, texts: texts, into: &buffer)
        self.head.write(head, texts: texts, into: &buffer)
        for step in fields { step.write(update, at: 0, sizeStep: head.sizeStep, texts: texts, into: &buffer) }
        var offset = layout.blockSize
        for group in groups {
            offset = group.write(update, at: offset, sizeStep: head.sizeStep, texts: texts, into: &buffer)
        }
        buffer.append(UInt8(ascii: "}"))
    }
}

extension JSONEncoding {
    /// Appends the body's members and groups alone, as one object, of an update that is whole.
    public func encodeBody(_ update: RawSpan, sizeStep: Int64, into buffer: inout ByteBuffer) {
        let start = buffer.count
        for step in fields { step.write(update, at: 0, sizeStep: sizeStep, texts: texts, into: &buffer) }
        var offset = layout.blockSize
        for group in groups {
            offset = group.write(update, at: offset, sizeStep: sizeStep, texts: texts, into: &buffer)
        }
        // Every member begins with its comma: the first one gives its place to the brace.
        if buffer.count == start { buffer.append(UInt8(ascii: "{")) }
        buffer.store(UInt8(ascii: "{"), at: start)
        buffer.append(UInt8(ascii: "}"))
    }

    /// Appends one group as an array, of an update that is whole.
    public func encodeGroup(_ index: Int, of update: RawSpan, sizeStep: Int64, into buffer: inout ByteBuffer) {
        var offset = layout.blockSize
        for group in 0..<index {
            offset +=
                WireFormat.dimensionSize
                + Int(update.integer(at: offset + 2, as: UInt16.self)) * layout.groups[group].size
        }
        _ = groups[index].writeEntries(update, at: offset, sizeStep: sizeStep, texts: texts, into: &buffer)
    }
}

/// One field: its key, and how its bytes become a value.
struct FieldStep: Sendable {
    private let key: TextPlace
    private let type: Kind
    private let offset: Int
    /// The quoted names of a choice or of marks.
    private let names: [TextPlace]

    private enum Kind: UInt8 { case price, quantity, count, real, time, flag, choice, marks }

    /// - Parameter base: Bytes between the start of what `write` gets and the fields' own start.
    init(_ field: UpdateField, base: Int, separator: String, in texts: inout TextTable) {
        key = texts.add("\(separator)\(JSONText.quoted(field.name)):")
        offset = base + field.offset
        switch field.type {
        case .price: (type, names) = (.price, [])
        case .quantity: (type, names) = (.quantity, [])
        case .count: (type, names) = (.count, [])
        case .real: (type, names) = (.real, [])
        case .time: (type, names) = (.time, [])
        case .flag: (type, names) = (.flag, [])
        case .choice(let choices): (type, names) = (.choice, choices.map { texts.add(JSONText.quoted($0)) })
        case .marks(let marks): (type, names) = (.marks, marks.map { texts.add(JSONText.quoted($0)) })
        }
    }

    func write(_ bytes: RawSpan, at base: Int, sizeStep: Int64, texts: TextTable, into buffer: inout ByteBuffer) {
        texts.write(key, to: &buffer)
        writeValue(bytes, at: base, sizeStep: sizeStep, texts: texts, into: &buffer)
    }

    func writeValue(_ bytes: RawSpan, at base: Int, sizeStep: Int64, texts: TextTable, into buffer: inout ByteBuffer) {
        let place = base + offset
        switch type {
        case .price:
            let price = Price(billionths: bytes.integer(at: place))
            if price.isNone {
                buffer.append(HeadTexts.null, length: 4)
            } else {
                buffer.append(billionths: price.billionths)
            }
        case .quantity: buffer.append(steps: bytes.integer(at: place), of: sizeStep)
        case .count: buffer.append(signed: bytes.integer(at: place))
        case .real: buffer.append(real: bytes.double(at: place))
        case .time: buffer.append(time: Timestamp(nanoseconds: bytes.integer(at: place)))
        case .flag: buffer.append(flag: bytes.integer(at: place, as: UInt8.self) != 0)
        case .choice: FieldStep.write(choice: bytes.integer(at: place), names, texts: texts, into: &buffer)
        case .marks: FieldStep.write(marks: bytes.integer(at: place), names, texts: texts, into: &buffer)
        }
    }

    /// A choice by name; by number where a newer program wrote one that has no name here.
    static func write(choice: UInt8, _ names: [TextPlace], texts: TextTable, into buffer: inout ByteBuffer) {
        if Int(choice) < names.count {
            texts.write(names[Int(choice)], to: &buffer)
        } else {
            buffer.append(unsigned: UInt64(choice))
        }
    }

    /// The set bits by name, those without one by number.
    static func write(marks: UInt32, _ names: [TextPlace], texts: TextTable, into buffer: inout ByteBuffer) {
        buffer.append(UInt8(ascii: "["))
        var rest = marks
        while rest != 0 {
            let bit = rest.trailingZeroBitCount
            if rest != marks { buffer.append(UInt8(ascii: ",")) }
            if bit < names.count {
                texts.write(names[bit], to: &buffer)
            } else {
                buffer.append(unsigned: UInt64(bit))
            }
            rest &= rest &- 1
        }
        buffer.append(UInt8(ascii: "]"))
    }
}

/// One group: an array of objects.
struct GroupStep: Sendable {
    private let key: TextPlace
    private let size: Int
    private let fields: [FieldStep]

    init(_ group: GroupLayout, in texts: inout TextTable) {
        key = texts.add(",\(JSONText.quoted(group.name)):")
        size = group.size
        fields = group.fields.enumerated().map { index, field in
            precondition(field.offset + field.type.size <= group.size, "A field must lie in its entry.")
            return FieldStep(field, base: 0, separator: index == 0 ? "{" : ",", in: &texts)
        }
        precondition(!fields.isEmpty, "A group's entry must have a field.")
    }

    /// Writes the group whose dimensions stand at `offset` and returns where it ends.
    func write(
        _ bytes: RawSpan, at offset: Int, sizeStep: Int64, texts: TextTable, into buffer: inout ByteBuffer
    ) -> Int {
        texts.write(key, to: &buffer)
        return writeEntries(bytes, at: offset, sizeStep: sizeStep, texts: texts, into: &buffer)
    }

    /// The array behind the key.
    func writeEntries(
        _ bytes: RawSpan, at offset: Int, sizeStep: Int64, texts: TextTable, into buffer: inout ByteBuffer
    ) -> Int {
        buffer.append(UInt8(ascii: "["))
        let count = Int(bytes.integer(at: offset + 2, as: UInt16.self))
        var entry = offset + WireFormat.dimensionSize
        for index in 0..<count {
            if index > 0 { buffer.append(UInt8(ascii: ",")) }
            for field in fields { field.write(bytes, at: entry, sizeStep: sizeStep, texts: texts, into: &buffer) }
            buffer.append(UInt8(ascii: "}"))
            entry += size
        }
        buffer.append(UInt8(ascii: "]"))
        return entry
    }
}
