internal import Market
internal import Updates

/// The console where there is no terminal: a line for each final update, and every ten seconds one that sums up.
///
/// Values that still grow would be a flood, so they are only counted. Final ones are written up to a limit each second;
/// beyond it they are counted too, and the next summary says how many.
struct ConsoleLines: Sendable {
    static let linesPerSecond = 50
    static let summaryInterval = 10 * Timestamp.second

    private let name: String
    private var writers: [[UpdateLine]] = []
    private var prefixes: [[String]] = []
    private var updates = 0
    private var leftOut = 0
    private var leftOutBefore = 0
    private var linesLeft = ConsoleLines.linesPerSecond
    private var second: Timestamp?
    private var lastSummary: (time: Timestamp, updates: Int)?

    init(name: String) { self.name = name }

    /// Adds a symbols node; returns the number by which `take` names it.
    mutating func add(_ topics: TopicTable) -> Int {
        writers.append(topics.entries.map { UpdateLine($0.layout) })
        prefixes.append(topics.entries.map { $0.prefix })
        return writers.count - 1
    }

    /// Takes one update; returns the line that it is worth.
    ///
    /// - Parameter symbol: The name and the size step of the update's symbol.
    mutating func take(
        _ update: RawSpan, from node: Int, slot: UInt16, _ symbol: () -> (name: String, sizeStep: Int64)
    ) -> String? {
        updates += 1
        guard RecordReader.updateHead(of: update).isFinal else { return nil }
        guard linesLeft > 0 else {
            leftOut += 1
            return nil
        }
        linesLeft -= 1
        let (name, sizeStep) = symbol()
        return writers[node][Int(slot)].text(
            update, topic: prefixes[node][Int(slot)] + name, sizeStep: sizeStep)
    }

    /// Lets lines through again each second; returns the summary when it is due.
    mutating func beat(_ now: Timestamp, symbols: Int) -> String? {
        if now - (second ?? now) >= Timestamp.second || second == nil {
            second = now
            linesLeft = ConsoleLines.linesPerSecond
        }
        guard let last = lastSummary else {
            lastSummary = (now, updates)
            return nil
        }
        guard now - last.time >= ConsoleLines.summaryInterval else { return nil }
        return summary(now, symbols: symbols)
    }

    /// What came since the last summary.
    mutating func summary(_ now: Timestamp, symbols: Int) -> String {
        let (since, before) = lastSummary ?? (now, 0)
        let seconds = Double(now - since) / Double(Timestamp.second)
        lastSummary = (now, updates)
        var text =
            "\(ConsoleText.date(now)) \(ConsoleText.clock(now)) \(name): \(ConsoleText.grouped(symbols)) symbols, "
        text += "\(ConsoleText.grouped(updates)) updates"
        if seconds >= 1 {
            let rate = Int((Double(updates - before) / seconds).rounded())
            text += ", \(ConsoleText.grouped(rate)) a second"
        }
        let more = leftOut - leftOutBefore
        leftOutBefore = leftOut
        return more == 0 ? text : text + ", \(ConsoleText.grouped(more)) final ones not shown"
    }
}
