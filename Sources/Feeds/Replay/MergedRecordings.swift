internal import Market

/// Several recordings as one: each keeps its own order, and between them time decides.
///
/// By receive time if every file has it, else by venue time. A time that goes backwards inside of a file keeps its
/// place: a file stands at the latest time it has reached. At the same time quotes and books come before trades, then
/// files in the order given.
public final class MergedRecordings: RecordingReader {
    /// Files open at once; each takes its window, decoder and batch of memory.
    public static let fileLimit = 1_024

    /// Where one file stands.
    private struct Input: ~Copyable {
        let reader: any RecordingReader
        var batch = EventBatch()
        var position = 0
        /// The latest time reached.
        var key: Int64 = .min
        var ended = false

        init(_ reader: any RecordingReader) { self.reader = reader }

        /// Makes the next event stand ready; false at the end of the file.
        mutating func advance() throws(RecordingError) -> Bool {
            if position < batch.count { return true }
            batch.removeAll()
            position = 0
            while batch.isEmpty, !ended { ended = try !reader.next(into: &batch) }
            return !batch.isEmpty
        }
    }

    /// What decides between two files: smaller goes first.
    private struct Head: Comparable {
        let key: Int64
        let isTrade: Bool
        let file: Int

        static func < (left: Head, right: Head) -> Bool {
            if left.key != right.key { return left.key < right.key }
            if left.isTrade != right.isTrade { return !left.isTrade }
            return left.file < right.file
        }
    }

    public let file: String
    public let format: RecordingFormat? = nil
    private var inputs: [Place] = []
    private var heads: [Head] = []
    private var isPrepared = false
    /// Whether the files go by receive time; known after the first call of `next`.
    public private(set) var usesReceiveTime = false

    /// A noncopyable value cannot stand in an array itself.
    private final class Place {
        var input: Input
        init(_ reader: any RecordingReader) { input = Input(reader) }
    }

    public init(_ readers: [any RecordingReader]) {
        precondition(readers.count <= Self.fileLimit, "At most 1,024 recordings can be merged.")
        file = readers.map(\.file).joined(separator: ", ")
        inputs = readers.map(Place.init)
    }

    public var counts: RecordingCounts {
        inputs.reduce(into: RecordingCounts()) { $0 += $1.input.reader.counts }
    }

    public var faults: RecordingFaults {
        inputs.reduce(into: RecordingFaults()) { $0 += $1.input.reader.faults }
    }

    public func next(into batch: inout EventBatch) throws(RecordingError) -> Bool {
        if !isPrepared { try prepare() }
        while !batch.isFull {
            guard let first = heads.first else { return !batch.isEmpty }
            try takeRun(of: first.file, into: &batch)
        }
        return true
    }

    /// Takes events of the foremost file until another one is before it.
    private func takeRun(of file: Int, into batch: inout EventBatch) throws(RecordingError) {
        let rival = rivalOfFirst()
        let place = inputs[file]
        while !batch.isFull {
            batch.append(place.input.batch[place.input.position])
            place.input.position += 1
            guard try place.input.advance() else {
                removeFirst()
                return
            }
            let head = head(of: file)
            heads[0] = head
            if let rival, rival < head { break }
        }
        sink(0)
    }

    /// Opens every file to its first event; whether all have receive times is seen in their first batches.
    private func prepare() throws(RecordingError) {
        isPrepared = true
        var isReceived = true
        var files: [Int] = []
        for (file, place) in inputs.enumerated() {
            guard try place.input.advance() else { continue }
            files.append(file)
            for index in 0..<place.input.batch.count where place.input.batch[index].receiveTime.nanoseconds == 0 {
                isReceived = false
            }
        }
        usesReceiveTime = isReceived && !files.isEmpty
        heads = files.map { head(of: $0) }.sorted()
    }

    private func head(of file: Int) -> Head {
        let place = inputs[file]
        let event = place.input.batch[place.input.position]
        let time = usesReceiveTime ? event.receiveTime.nanoseconds : event.venueTime.nanoseconds
        place.input.key = max(place.input.key, time)
        let isTrade: Bool
        switch event.kind {
        case .trade, .cancel, .restate: isTrade = true
        case .quote, .level, .order, .status, .bookReset, .gap, .control, .clock, nil: isTrade = false
        }
        return Head(key: place.input.key, isTrade: isTrade, file: file)
    }
}

// MARK: The heap of files, the foremost at the front

extension MergedRecordings {
    private func rivalOfFirst() -> Head? {
        if heads.count > 2 { return min(heads[1], heads[2]) }
        return heads.count > 1 ? heads[1] : nil
    }

    private func removeFirst() {
        heads[0] = heads[heads.count - 1]
        heads.removeLast()
        sink(0)
    }

    private func sink(_ start: Int) {
        var parent = start
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heads.count && heads[child] < heads[least] {
                least = child
            }
            if least == parent { return }
            heads.swapAt(parent, least)
            parent = least
        }
    }
}
