internal import Market

/// Sessions that a store has seen to their end: windows are counted from their opens.
struct StoredSessions {
    /// In order, not overlapping.
    let all: [Range<Int64>]

    init(_ sessions: [Range<Int64>]) {
        var kept: [Range<Int64>] = []
        for session in sessions.sorted(by: { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }) {
            if let last = kept.last, session.lowerBound < last.upperBound { continue }
            kept.append(session)
        }
        all = kept
    }

    /// Of whatever tables tell of sessions.
    init(_ reader: any StoreReader, _ symbol: Int64) throws {
        var found: Set<Range<Int64>> = []
        let sources: [(StoredTable, [String: String])] = [
            (StoredTables.profileMetrics, ["variant": "session"]), (StoredTables.orderFlow, ["width": "session"]),
            (StoredTables.analytics, ["kind": "session"]),
        ]
        for (table, texts) in sources {
            var selection = StoreSelection(table, ["start_time", "end_time", "final"], of: symbol)
            selection.texts = texts
            try reader.forEach(selection) { row in
                guard let start = row[0].integer, let end = row[1].integer, row[2].integer == 1, start < end else {
                    return
                }
                found.insert(start..<end)
            }
        }
        self.init(Array(found))
    }

    func session(at time: Int64) -> Range<Int64>? {
        var low = 0
        var high = all.count
        while low < high {
            let middle = (low + high) / 2
            if all[middle].upperBound <= time { low = middle + 1 } else { high = middle }
        }
        return low < all.count && all[low].contains(time) ? all[low] : nil
    }

    /// The window of a width around a time: counted from the open of its session and cut at its close; outside of
    /// every known session counted from midnight UTC.
    func window(_ width: Int64, at time: Int64) -> Range<Int64> {
        guard let session = session(at: time) else {
            let start = time - time % Timestamp.day
            let begin = start + (time - start) / width * width
            return begin..<begin + width
        }
        let begin = session.lowerBound + (time - session.lowerBound) / width * width
        return begin..<min(begin + width, session.upperBound)
    }

    /// The session of a date (of its open, UTC), or the last one.
    func session(named name: String) throws(QueryError) -> Range<Int64> {
        let dates = all.map { String(Timestamp(nanoseconds: $0.lowerBound).description.prefix(10)) }
        let index = name == "last" ? dates.indices.last : dates.lastIndex(of: name)
        guard let index else { throw .unknownSession(name, known: dates) }
        return all[index]
    }
}
