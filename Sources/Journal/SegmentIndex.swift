internal import Market
internal import Memory

/// The sparse index of a segment: only a hint where to begin, looked at again in the segment itself.
struct SegmentIndex: Sendable {
    private(set) var entries: [IndexEntry] = []

    init() {}

    /// Reads as many entries as are whole and rise; none where there is no index.
    init(_ path: String, journal: UInt64) {
        guard let file = try? StoredFile(path, for: .reading), let byteCount = try? file.byteCount else { return }
        // An entry stands for at least one batch head.
        let wanted = min(byteCount, JournalLimits.segment.upperBound / 2)
        guard wanted > 0 else { return }
        var window = FileWindow(capacity: wanted)
        guard let count = try? window.fill(from: file, at: 0, wanted: wanted) else { return }
        window.withBytes(at: 0, count: count) { bytes in
            var place = 0
            while let entry = IndexEntry.decode(bytes, at: place, journal: journal) {
                if let last = entries.last, entry.first <= last.first || entry.offset <= last.offset { break }
                entries.append(entry)
                place += IndexEntry.size
            }
        }
    }

    /// Takes a batch of records at an offset, if it is far enough behind the last entry.
    mutating func take(_ head: BatchHead, at offset: Int, before: Timestamp, stride: Int) -> IndexEntry? {
        guard head.kind == .records, offset - (entries.last?.offset ?? 0) >= stride else { return nil }
        let entry = IndexEntry(first: head.first, offset: offset, before: before)
        entries.append(entry)
        return entry
    }

    mutating func removeLast() { entries.removeLast() }

    /// The entries where a search for a position may begin, the nearest first.
    func entries(upTo position: UInt64) -> ReversedCollection<ArraySlice<IndexEntry>> {
        entries[..<entries.partitioningIndex { $0.first > position }].reversed()
    }

    /// The entries before which no venue time reaches this one, the nearest first.
    func entries(before time: Timestamp) -> ReversedCollection<ArraySlice<IndexEntry>> {
        entries[..<entries.partitioningIndex { $0.before >= time }].reversed()
    }
}

extension [IndexEntry] {
    /// The first place from which on something holds; it must hold for all behind one for which it holds.
    fileprivate func partitioningIndex(_ holds: (IndexEntry) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if holds(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
