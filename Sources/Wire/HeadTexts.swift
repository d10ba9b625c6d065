internal import Market
internal import Memory
internal import Updates

/// The texts around the values that every JSON message begins with.
struct HeadTexts: Sendable {
    /// The names that no field of a body may have.
    static let names: Set<String> = [
        "kind", "symbol", "node", "number", "revision", "final", "start", "end", "quality", "reason", "flags",
        "publishTime", "position", "publisher",
    ]
    /// Members of `quality`, in order.
    static let qualityNames = ["coverage", "gapSeconds", "inferredShare", "bookState"]
    static let bookStates = ["none", "whole", "resyncing", "crossed"]
    static let reasons = ["none", "live", "late", "corrected", "cancelled"]
    static let flags = ["inputRevised", "approximate", "coarsened"]
    /// `null` as a word of four characters.
    static let null: UInt64 = 0x6C6C_756E

    private let kind, number, revision, final, start, end, coverage, gapSeconds, inferredShare: TextPlace
    private let bookState, reason, flags, publishTime, position, publisher: TextPlace
    private let bookStates, reasons, flagNames: [TextPlace]

    init(kind: String, in texts: inout TextTable) {
        self.kind = texts.add("{\"kind\":\(JSONText.quoted(kind)),")
        number = texts.add(",\"number\":")
        revision = texts.add(",\"revision\":")
        final = texts.add(",\"final\":")
        start = texts.add(",\"start\":")
        end = texts.add(",\"end\":")
        coverage = texts.add(",\"quality\":{\"coverage\":")
        gapSeconds = texts.add(",\"gapSeconds\":")
        inferredShare = texts.add(",\"inferredShare\":")
        bookState = texts.add(",\"bookState\":")
        reason = texts.add(",\"reason\":")
        flags = texts.add(",\"flags\":")
        publishTime = texts.add(",\"publishTime\":")
        position = texts.add(",\"position\":")
        publisher = texts.add(",\"publisher\":")
        bookStates = HeadTexts.bookStates.map { texts.add(JSONText.quoted($0)) }
        reasons = HeadTexts.reasons.map { texts.add(JSONText.quoted($0)) }
        flagNames = HeadTexts.flags.map { texts.add(JSONText.quoted($0)) }
    }

    /// The update's head. Reason and flags stand only where they say something.
    func write(_ update: RawSpan, of subject: Subject, texts: TextTable, into buffer: inout ByteBuffer) {
        texts.write(kind, to: &buffer)
        subject.member.withRawSpan { buffer.append($0) }
        texts.write(number, to: &buffer)
        buffer.append(unsigned: update.integer(at: HeadOffset.number))
        texts.write(revision, to: &buffer)
        buffer.append(unsigned: UInt64(update.integer(at: HeadOffset.revision, as: UInt32.self)))
        texts.write(final, to: &buffer)
        buffer.append(flag: update.integer(at: HeadOffset.final, as: UInt8.self) != 0)
        texts.write(start, to: &buffer)
        buffer.append(time: Timestamp(nanoseconds: update.integer(at: HeadOffset.start)))
        texts.write(end, to: &buffer)
        buffer.append(time: Timestamp(nanoseconds: update.integer(at: HeadOffset.end)))
        writeQuality(update, texts: texts, into: &buffer)
        let cause = update.integer(at: HeadOffset.reason, as: UInt8.self)
        if cause != 0 {
            texts.write(reason, to: &buffer)
            FieldStep.write(choice: cause, reasons, texts: texts, into: &buffer)
        }
        let marks = update.integer(at: HeadOffset.flags, as: UInt8.self)
        if marks != 0 {
            texts.write(flags, to: &buffer)
            FieldStep.write(marks: UInt32(marks), flagNames, texts: texts, into: &buffer)
        }
    }

    /// What the message says beside the update.
    func write(_ head: MessageHead, texts: TextTable, into buffer: inout ByteBuffer) {
        texts.write(publishTime, to: &buffer)
        buffer.append(time: head.publishTime)
        texts.write(position, to: &buffer)
        buffer.append(unsigned: head.position)
        texts.write(publisher, to: &buffer)
        buffer.append(identifier: head.publisher)
    }

    private func writeQuality(_ update: RawSpan, texts: TextTable, into buffer: inout ByteBuffer) {
        texts.write(coverage, to: &buffer)
        buffer.append(real: update.double(at: HeadOffset.coverage))
        texts.write(gapSeconds, to: &buffer)
        buffer.append(real: update.double(at: HeadOffset.gapSeconds))
        texts.write(inferredShare, to: &buffer)
        buffer.append(real: update.double(at: HeadOffset.inferredShare))
        texts.write(bookState, to: &buffer)
        FieldStep.write(
            choice: update.integer(at: HeadOffset.bookState), bookStates, texts: texts, into: &buffer)
        buffer.append(UInt8(ascii: "}"))
    }
}

/// Where the fields of `UpdateHead` stand on the wire; a test holds them against the compiler.
enum HeadOffset {
    static let number = 0
    static let start = 8
    static let end = 16
    static let revision = 24
    static let final = 28
    static let bookState = 29
    static let reason = 30
    static let flags = 31
    static let coverage = 32
    static let gapSeconds = 40
    static let inferredShare = 48
}

extension ByteBuffer {
    mutating func append(flag: Bool) {
        if flag { append(0x6575_7274, length: 4) } else { append(0x65_736C_6166, length: 5) }
    }
}
