internal import Market

/// One recording, decoded as it is asked for.
public protocol RecordingReader: AnyObject {
    /// The file as a person names it; `archive.zip/entry.csv` for an entry of a zip.
    var file: String { get }
    /// Nil where several recordings of different forms are merged.
    var format: RecordingFormat? { get }
    var counts: RecordingCounts { get }
    var faults: RecordingFaults { get }

    /// Appends the next events in the file's order until the batch is full.
    ///
    /// Returns false when the recording has ended and nothing was appended. True can come with an empty batch: one call
    /// reads a limited number of rows, so that a file of rows without events does not hold its caller. After an error
    /// the batch holds the events before it, and the recording has ended.
    func next(into batch: inout EventBatch) throws(RecordingError) -> Bool
}

/// What is told to every reader.
public struct ReaderSettings: Sendable {
    /// Nil looks at the content.
    public var format: RecordingFormat?
    /// Stop at the first row that cannot be read.
    public var isStrict: Bool
    /// How to read a CSV; nil looks at its heading.
    public var columns: CSVColumns?
    public var equityQuotes: EquityQuoteRows

    public init(
        format: RecordingFormat? = nil, isStrict: Bool = false, columns: CSVColumns? = nil,
        equityQuotes: EquityQuoteRows = .nationalBest
    ) {
        self.equityQuotes = equityQuotes
        self.format = format
        self.isStrict = isStrict
        self.columns = columns
    }
}

/// Decodes one row after another; knows nothing of files, batches and totals.
protocol RowDecoder: ~Copyable {
    /// Decodes one row, or throws why it cannot be read.
    mutating func decode(_ row: RawSpan, into output: inout RowOutput) throws(FaultReason) -> RowOutcome
    /// The file has ended: settles what was held back.
    mutating func finish(into output: inout RowOutput)
}

/// Cuts a stream into rows and has each decoded.
protocol RowSource: ~Copyable {
    /// Reads one row; false at the end.
    mutating func readRow(into output: inout RowOutput) throws(RecordingError) -> Bool
}

/// A reader of any format: rows in, batches out.
final class Recording<Rows: RowSource & ~Copyable>: RecordingReader {
    /// Rows that one call reads at most.
    private static var rowLimit: Int { 65_536 }

    /// Everything in one value, so that a batch costs one check of exclusive access instead of one for each row.
    private struct Core: ~Copyable {
        var rows: Rows
        var output: RowOutput
        var ended = false

        mutating func next(into batch: inout EventBatch) throws(RecordingError) -> Bool {
            for _ in 0..<rowLimit {
                // One drain for many rows: moving events one by one cost a third of a reader's time.
                if ended || output.pending >= batch.room {
                    output.drain(into: &batch)
                    if batch.isFull { return true }
                    if ended { return !batch.isEmpty }
                }
                do {
                    ended = try !rows.readRow(into: &output)
                } catch {
                    ended = true
                    output.drain(into: &batch)
                    throw error
                }
            }
            output.drain(into: &batch)
            return true
        }
    }

    let file: String
    let format: RecordingFormat?
    private var core: Core

    init(_ rows: consuming Rows, format: RecordingFormat, output: consuming RowOutput) {
        self.format = format
        file = output.file
        core = Core(rows: rows, output: output)
    }

    var counts: RecordingCounts { core.output.counts }
    var faults: RecordingFaults { core.output.faults }

    func next(into batch: inout EventBatch) throws(RecordingError) -> Bool { try core.next(into: &batch) }
}
