public import Market
public import Updates

/// An update read back from JSON, with what its message said beside it.
public struct DecodedUpdate: Equatable, Sendable {
    public var subject: Subject
    public var publishTime: Timestamp
    public var position: UInt64
    public var publisher: UInt64
    /// Head, body and groups, byte for byte as they were encoded.
    public var bytes: [UInt8]
}

/// Reads JSON messages of one kind back into the bytes of their updates; for checks, not for speed.
///
/// Members may come in any order; one that is missing, unknown or there twice is refused.
public struct JSONDecoding: Sendable {
    public let layout: UpdateLayout
    private let fields: [String: UpdateField]

    public init(_ layout: UpdateLayout) {
        self.layout = layout
        fields = Dictionary(uniqueKeysWithValues: layout.fields.map { ($0.name, $0) })
    }

    private static let required = [
        "kind", "number", "revision", "final", "start", "end", "quality", "publishTime", "position", "publisher",
    ]

    /// - Parameter sizeStep: Billionths in a step of the symbol's quantities; JSON itself does not carry it.
    public func decode(_ message: [UInt8], sizeStep: Int64) throws(WireError) -> DecodedUpdate {
        precondition(sizeStep > 0, "A size step must be above zero.")
        var draft = Draft(update: [UInt8](repeating: 0, count: layout.blockSize))
        var reader = JSONReader(message)
        try reader.object { (key, reader) throws(WireError) in
            guard draft.seen.insert(key).inserted else { throw .fieldTwice(key) }
            try member(key, sizeStep: sizeStep, reader: &reader, into: &draft)
        }
        try reader.end()
        for name in JSONDecoding.required where !draft.seen.contains(name) { throw .fieldMissing(name) }
        for field in layout.fields where !draft.seen.contains(field.name) { throw .fieldMissing(field.name) }
        guard let subject = draft.subject else { throw .fieldMissing("symbol") }
        for group in layout.groups {
            guard let bytes = draft.groups[group.name] else { throw .fieldMissing(group.name) }
            draft.update += bytes
        }
        return DecodedUpdate(
            subject: subject, publishTime: Timestamp(nanoseconds: draft.publishTime), position: draft.position,
            publisher: draft.publisher, bytes: draft.update)
    }

    /// What has been read so far.
    private struct Draft {
        var update: [UInt8]
        var groups: [String: [UInt8]] = [:]
        var seen: Set<String> = []
        var subject: Subject?
        var publishTime: Int64 = 0
        var position: UInt64 = 0
        var publisher: UInt64 = 0
    }

    private func member(
        _ key: String, sizeStep: Int64, reader: inout JSONReader, into draft: inout Draft
    ) throws(WireError) {
        if let field = fields[key] {
            return try reader.value(of: field, sizeStep: sizeStep, at: UpdateHead.size, into: &draft.update)
        }
        if let group = layout.groups.first(where: { $0.name == key }) {
            draft.groups[key] = try entries(of: group, sizeStep: sizeStep, reader: &reader)
            return
        }
        guard HeadTexts.names.contains(key) else { throw .fieldUnknown(key) }
        switch key {
        case "kind":
            let kind = try reader.string()
            guard kind == layout.kind else { throw .kindMismatch(expected: layout.kind, found: kind) }
        case "symbol", "node":
            let start = reader.index
            let name = try reader.string()
            guard draft.subject == nil else { throw .fieldTwice(key) }
            guard let subject = JSONDecoding.subject(name, isNode: key == "node") else {
                throw .valueRefused(field: key, offset: start)
            }
            draft.subject = subject
        case "publishTime": draft.publishTime = try reader.time(key)
        case "position": draft.position = try reader.integer(key, as: UInt64.self)
        case "publisher": draft.publisher = try reader.identifier(key)
        default: try head(key, reader: &reader, into: &draft.update)
        }
    }

    /// A field of the update's head.
    private func head(_ key: String, reader: inout JSONReader, into update: inout [UInt8]) throws(WireError) {
        switch key {
        case "number": update.store(try reader.integer(key, as: UInt64.self), at: HeadOffset.number)
        case "revision": update.store(try reader.integer(key, as: UInt32.self), at: HeadOffset.revision)
        case "final": update.store(UInt8(try reader.truth(key) ? 1 : 0), at: HeadOffset.final)
        case "start": update.store(try reader.time(key), at: HeadOffset.start)
        case "end": update.store(try reader.time(key), at: HeadOffset.end)
        case "reason": update.store(try reader.choice(key, HeadTexts.reasons), at: HeadOffset.reason)
        case "flags":
            let marks = try reader.marks(key, HeadTexts.flags)
            guard let flags = UInt8(exactly: marks) else { throw .valueRefused(field: key, offset: reader.index) }
            update.store(flags, at: HeadOffset.flags)
        default: try quality(reader: &reader, into: &update)
        }
    }

    private func quality(reader: inout JSONReader, into update: inout [UInt8]) throws(WireError) {
        var seen: Set<String> = []
        try reader.object { (key, reader) throws(WireError) in
            guard seen.insert(key).inserted else { throw .fieldTwice(key) }
            switch key {
            case "coverage": update.store(try reader.real(key).bitPattern, at: HeadOffset.coverage)
            case "gapSeconds": update.store(try reader.real(key).bitPattern, at: HeadOffset.gapSeconds)
            case "inferredShare": update.store(try reader.real(key).bitPattern, at: HeadOffset.inferredShare)
            case "bookState": update.store(try reader.choice(key, HeadTexts.bookStates), at: HeadOffset.bookState)
            default: throw .fieldUnknown(key)
            }
        }
        for name in HeadTexts.qualityNames where !seen.contains(name) { throw .fieldMissing(name) }
    }

    /// The group's dimensions and entries as an update has them.
    private func entries(
        of group: GroupLayout, sizeStep: Int64, reader: inout JSONReader
    ) throws(WireError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: WireFormat.dimensionSize)
        var count = 0
        try reader.array { (reader) throws(WireError) in
            let base = bytes.count
            bytes += [UInt8](repeating: 0, count: group.size)
            var seen: Set<String> = []
            try reader.object { (key, reader) throws(WireError) in
                guard seen.insert(key).inserted else { throw .fieldTwice(key) }
                guard let field = group.fields.first(where: { $0.name == key }) else { throw .fieldUnknown(key) }
                try reader.value(of: field, sizeStep: sizeStep, at: base, into: &bytes)
            }
            for field in group.fields where !seen.contains(field.name) { throw .fieldMissing(field.name) }
            count += 1
            guard count <= Int(UInt16.max) else { throw .valueRefused(field: group.name, offset: reader.index) }
        }
        bytes.store(UInt16(group.size), at: 0)
        bytes.store(UInt16(count), at: 2)
        return bytes
    }

    private static func subject(_ name: String, isNode: Bool) -> Subject? {
        guard isNode else { return Symbol(name).map(Subject.symbol) }
        return name.isEmpty ? nil : .node(name)
    }
}
