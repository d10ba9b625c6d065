internal import Compression
internal import Market

/// From an instrument's number and a time to the file's symbol, by the head's intervals and by mapping records.
struct DBNNames {
    /// Numbers kept with their answer; when a file has more of them the answers are found anew.
    private static let limit = 1 << 20

    /// The answer for a number, good from one instant (included) to another (excluded).
    private struct Answer {
        let from: Int64
        let until: Int64
        /// Nil where the graph does not want the symbol.
        let slot: Int?
    }

    private let intervals: [UInt32: [DBNMetadata.Interval]]
    private var answers: [UInt32: Answer] = [:]
    private var lastNumber: UInt32 = 0
    private var lastAnswer = Answer(from: 0, until: 0, slot: nil)

    init(_ intervals: [UInt32: [DBNMetadata.Interval]]) { self.intervals = intervals }

    /// The slot of an instrument at a time; nil when the graph does not want it.
    mutating func slot(_ number: UInt32, at time: Int64, _ output: inout RowOutput) -> Int? {
        if lastNumber != number || time < lastAnswer.from || time >= lastAnswer.until {
            lastAnswer = answer(number, at: time, &output)
            lastNumber = number
        }
        guard let slot = lastAnswer.slot, output.select(slot) else { return nil }
        return slot
    }

    /// A mapping record: from here on the number has this name.
    mutating func map(_ number: UInt32, to name: [UInt8], _ output: inout RowOutput) {
        keep(number, Answer(from: .min, until: .max, slot: output.resolve(name.span)))
        lastAnswer = Answer(from: 0, until: 0, slot: nil)
    }

    private mutating func keep(_ number: UInt32, _ answer: Answer) {
        if answers.count >= Self.limit { answers.removeAll() }
        answers[number] = answer
    }

    private mutating func answer(_ number: UInt32, at time: Int64, _ output: inout RowOutput) -> Answer {
        if let known = answers[number], time >= known.from, time < known.until { return known }
        let found = search(number, at: time, &output)
        keep(number, found)
        return found
    }

    private func search(_ number: UInt32, at time: Int64, _ output: inout RowOutput) -> Answer {
        let day = Int(time / Timestamp.day)
        let date = UInt32(CivilDate(daysSinceEpoch: day).number)
        if let interval = intervals[number]?.first(where: { $0.start <= date && date < $0.end }) {
            return Answer(
                from: Self.midnight(interval.start), until: Self.midnight(interval.end),
                slot: output.resolve(interval.name.span))
        }
        // No name: the number itself, for this day; another day may have one.
        let text = Array(String(number).utf8)
        let start = Int64(day) * Timestamp.day
        return Answer(from: start, until: start + Timestamp.day, slot: output.resolve(text.span))
    }

    /// Midnight UTC of a date written 20241129; dates that a time cannot hold are its ends.
    private static func midnight(_ date: UInt32) -> Int64 {
        let year = Int(date / 10_000)
        guard year >= 1_970 else { return .min }
        guard year < 2_262 else { return .max }
        let month = min(max(Int(date / 100 % 100), 1), 12)
        let day = min(max(Int(date % 100), 1), 31)
        return Int64(CivilDate(year: year, month: month, day: day).daysSinceEpoch) * Timestamp.day
    }
}
