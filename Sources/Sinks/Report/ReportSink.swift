public import Analytics
public import Engine
public import Market
internal import Synchronization
internal import Updates

/// Gathers the sessions of every symbol, for a table at the end of a replay.
public final class ReportSink: Sink, Sendable {
    private struct Part {
        var session = SessionReport()
        var rows: [ProfileRow] = []
        var rowHeight: Int64 = 0
    }

    private struct Entry {
        let sizeStep: Int64
        /// By the session's start.
        var parts: [Timestamp: Part] = [:]
    }

    private let entries = Mutex<[Symbol: Entry]>([:])
    private let areaRule: ValueAreaRule

    public init(areaRule: ValueAreaRule) { self.areaRule = areaRule }

    public func receive(_ records: RawSpan, from origin: UpdateOrigin) {
        RecordReader.forEach(in: records) { record, update in
            let topic = origin.topics.entries[Int(record.slot)].prefix
            guard topic == "session/" || topic == "profile/session/" else { return }
            let head = RecordReader.updateHead(of: update)
            let (symbol, sizeStep) = origin.symbol(record.symbol)
            entries.withLock { entries in
                if topic == "session/" {
                    let body = RecordReader.body(of: update, as: SessionUpdate.self)
                    entries[symbol, default: Entry(sizeStep: sizeStep)].parts[head.start, default: Part()].session =
                        SessionReport(body, start: head.start)
                } else {
                    let body = RecordReader.body(of: update, as: ProfileUpdate.self)
                    let rows = RecordReader.group(0, of: update, behind: ProfileUpdate.self, as: ProfileRow.self)
                    entries[symbol, default: Entry(sizeStep: sizeStep)].parts[head.start, default: Part()].rows = rows
                    entries[symbol]?.parts[head.start]?.rowHeight = body.rowHeight
                }
            }
        }
    }

    public func flush() {}
    public func beat(_ now: Timestamp) {}
    public func close() {}

    /// The symbols by name, each with its sessions in order and all of them together.
    public func reports() -> [SymbolReport] {
        entries.withLock { entries in
            entries.sorted { $0.key < $1.key }.map { symbol, entry in
                let parts = entry.parts.sorted { $0.key < $1.key }.map(\.value).filter { !$0.session.isEmpty }
                var whole = SessionReport()
                for part in parts { whole.add(part.session) }
                setProfile(of: &whole, from: parts)
                return SymbolReport(
                    symbol: symbol, sizeStep: entry.sizeStep, whole: whole, sessions: parts.map(\.session))
            }
        }
    }

    /// The profile of all sessions together, in rows of the highest of their heights.
    private func setProfile(of whole: inout SessionReport, from parts: [Part]) {
        guard let height = parts.map(\.rowHeight).max(), height > 0 else { return }
        var profile = VolumeProfile(rowHeight: height, rowLimit: 1 << 16)
        for row in parts.flatMap(\.rows) where row.volume > 0 { profile.add(price: row.price, quantity: row.volume) }
        guard let area = profile.valueArea(areaRule) else { return }
        whole.control = Price(billionths: profile.lowerEdge(ofRow: area.control))
        whole.areaHigh = Price(billionths: profile.lowerEdge(ofRow: area.high))
        whole.areaLow = Price(billionths: profile.lowerEdge(ofRow: area.low))
    }
}
