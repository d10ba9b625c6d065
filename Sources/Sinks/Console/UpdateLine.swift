internal import Market
internal import Memory
public import Updates

/// One update as a line for a person: its window, its topic and number, its values, and its quality if not whole.
///
/// It works on layouts alone. Values come first; counts, times and marks stand only where a kind has nothing else.
public struct UpdateLine: Sendable {
    /// Values shown of one update.
    private static let valueLimit = 13

    private let shown: [UpdateField]
    private let groups: [GroupLayout]
    private let size: Int

    public init(_ layout: UpdateLayout) {
        let values = layout.fields.filter { field in
            switch field.type {
            case .price, .quantity, .real, .choice: true
            case .count, .time, .flag, .marks: false
            }
        }
        shown = Array((values.isEmpty ? layout.fields : values).prefix(UpdateLine.valueLimit))
        groups = layout.groups
        size = layout.size
    }

    /// The line of an update: head, body and groups, as long as the layout says.
    public func text(_ update: RawSpan, topic: String, sizeStep: Int64) -> String {
        let head = RecordReader.updateHead(of: update)
        var parts = [UpdateLine.window(head), topic, "#\(head.number)"]
        for field in shown {
            if let value = UpdateLine.value(field, in: update, sizeStep: sizeStep) { parts += [field.name, value] }
        }
        var offset = UpdateHead.size + size
        for group in groups {
            let count: UInt16 = update.integer(at: offset + 2)
            parts += [group.name, "[\(count)]"]
            offset += 4 + Int(count) * group.size
        }
        return (parts + UpdateLine.remarks(head)).joined(separator: " ")
    }

    /// `2026-03-09 13:30:00–13:31:00`, or one instant where the window has no length.
    private static func window(_ head: UpdateHead) -> String {
        let start = "\(ConsoleText.date(head.start)) \(clock(head.start))"
        guard head.end != head.start else { return start }
        let isSameDay = ConsoleText.date(head.start) == ConsoleText.date(head.end)
        return start + "–" + (isSameDay ? "" : ConsoleText.date(head.end) + " ") + clock(head.end)
    }

    /// A time of day with the places that it needs.
    private static func clock(_ time: Timestamp) -> String {
        var text = String("\(time)".dropFirst(11).dropLast())
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { return String(text.dropLast()) }
        return text
    }

    /// A field's text; nil for what stands for nothing.
    private static func value(_ field: UpdateField, in update: RawSpan, sizeStep: Int64) -> String? {
        let offset = UpdateHead.size + field.offset
        switch field.type {
        case .price:
            let price = Price(billionths: update.integer(at: offset))
            return price.isNone ? nil : price.description
        case .quantity:
            return DecimalText.text(billionths: Int128(update.integer(at: offset, as: Int64.self)) * Int128(sizeStep))
        case .count: return "\(update.integer(at: offset, as: Int64.self))"
        case .real:
            let value = update.double(at: offset)
            guard value.isFinite else { return nil }
            guard value.magnitude < 1e20 else { return "\(value)" }
            return DecimalText.text(billionths: Int128((value * 1e6).rounded()) * 1_000)
        case .time: return "\(Timestamp(nanoseconds: update.integer(at: offset)))"
        case .flag: return update.integer(at: offset, as: UInt8.self) == 0 ? nil : "yes"
        case .choice(let names):
            let choice = Int(update.integer(at: offset, as: UInt8.self))
            return choice < names.count ? names[choice] : "\(choice)"
        case .marks(let names):
            let marks = update.integer(at: offset, as: UInt32.self)
            let set = (0..<32).filter { marks >> UInt32($0) & 1 == 1 }.map { $0 < names.count ? names[$0] : "\($0)" }
            return set.isEmpty ? nil : set.joined(separator: "+")
        }
    }

    /// What keeps an update from being the last and whole word.
    private static func remarks(_ head: UpdateHead) -> [String] {
        var parts: [String] = []
        if !head.isFinal { parts.append("live") }
        if head.revision > 0 { parts.append("revision \(head.revision)") }
        switch RevisionReason(rawValue: head.reason) {
        case RevisionReason.none?, .live?: break
        case .late?: parts.append("late")
        case .corrected?: parts.append("corrected")
        case .cancelled?: parts.append("cancelled")
        case nil: parts.append("reason \(head.reason)")
        }
        let flags: [(UpdateHead.Flags, String)] = [
            (.inputRevised, "inputRevised"), (.approximate, "approximate"), (.coarsened, "coarsened"),
        ]
        parts += flags.filter { head.flags.contains($0.0) }.map { $0.1 }
        return parts + quality(head.quality)
    }

    private static func quality(_ quality: Quality) -> [String] {
        var parts: [String] = []
        if quality.coverage < 1 { parts.append("coverage \(ConsoleText.coverage(quality.coverage).dropFirst())") }
        if quality.gapSeconds > 0 { parts.append("gap \(ConsoleText.fixed(quality.gapSeconds, places: 3))s") }
        if quality.inferredShare > 0 { parts.append("inferred \(ConsoleText.percent(quality.inferredShare))") }
        switch quality.bookState {
        case .none, .whole: break
        case .resyncing: parts.append("book resyncing")
        case .crossed: parts.append("book crossed")
        }
        return parts
    }
}
