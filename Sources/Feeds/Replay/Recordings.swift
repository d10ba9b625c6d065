internal import Compression
public import Market

/// Opens recordings.
public enum Recordings {
    /// Entries of one zip that are replayed at most.
    public static let entryLimit = 256

    /// The readers of a file: one, or one for each entry of a zip. The format is told by the content, after unpacking.
    ///
    /// Throws when the file cannot be opened, is nothing that can be replayed, or is refused with its reason.
    public static func open(
        path: String, settings: ReaderSettings, directory: any SymbolDirectory
    ) throws(RecordingError) -> [any RecordingReader] {
        let opener = Opener(settings: settings, directory: directory)
        guard let entries = try unpack({ () throws(CompressionError) in try DecodedStream.zipEntries(path: path) })
        else {
            let stream: DecodedStream
            do { stream = try DecodedStream(path: path) } catch { throw .unavailable(error) }
            return [try opener.reader(stream, file: path)]
        }
        try opener.check(entries.count, file: path)
        var readers: [any RecordingReader] = []
        for entry in entries {
            let stream: DecodedStream
            do { stream = try DecodedStream(path: path, entry: entry) } catch { throw .unavailable(error) }
            readers.append(try opener.reader(stream, file: path + "/" + entry.name))
        }
        return readers
    }

    /// As `open(path:settings:directory:)`, of bytes as if they were a file of that name.
    public static func open(
        bytes: [UInt8], name: String, settings: ReaderSettings, directory: any SymbolDirectory
    ) throws(RecordingError) -> [any RecordingReader] {
        let opener = Opener(settings: settings, directory: directory)
        let entries = try unpack { () throws(CompressionError) in
            try DecodedStream.zipEntries(bytes: bytes, name: name)
        }
        guard let entries else {
            let stream: DecodedStream
            do { stream = try DecodedStream(bytes: bytes, name: name) } catch { throw .unavailable(error) }
            return [try opener.reader(stream, file: name)]
        }
        try opener.check(entries.count, file: name)
        var readers: [any RecordingReader] = []
        for entry in entries {
            let stream: DecodedStream
            do { stream = try DecodedStream(bytes: bytes, entry: entry, name: name) } catch {
                throw .unavailable(error)
            }
            readers.append(try opener.reader(stream, file: name + "/" + entry.name))
        }
        return readers
    }

    private static func unpack<Value>(
        _ body: () throws(CompressionError) -> Value
    ) throws(RecordingError) -> Value {
        do { return try body() } catch { throw .unavailable(error) }
    }
}

/// From an unpacked stream to its reader.
private struct Opener {
    let settings: ReaderSettings
    let directory: any SymbolDirectory

    func check(_ entries: Int, file: String) throws(RecordingError) {
        guard entries > 0 else { throw .unrecognised(file: file, saw: "a zip without entries") }
        guard entries <= Recordings.entryLimit else {
            throw .refused(
                file: file, reason: "a zip of \(entries) entries; at most \(Recordings.entryLimit) are replayed")
        }
    }

    func reader(
        _ stream: consuming DecodedStream, file: String
    ) throws(RecordingError) -> any RecordingReader {
        let head: [UInt8]
        do { head = try Self.head(&stream) } catch { throw .unavailable(error) }
        let kind = settings.format.map { ContentKind.format($0) } ?? ContentKind(head, file: file)
        guard case .format(let format) = kind else {
            guard case .other(let saw) = kind else { preconditionFailure("A content is of one of two kinds.") }
            throw .unrecognised(file: file, saw: saw)
        }
        let output = RowOutput(file: file, directory: directory, isStrict: settings.isStrict)
        switch format {
        case .dbn:
            let hasHead = head.starts(with: Array("DBN".utf8))
            let metadata = hasHead ? try DBNMetadata.read(&stream, file: file) : nil
            return Recording(RecordRows(stream, DBNDecoder(metadata)), format: format, output: output)
        case .binance: return Recording(LineRows(stream, BinanceDecoder()), format: format, output: output)
        case .usEquityCSV:
            guard let name = EquityFile(path: file) else {
                let reason =
                    "US equity ticks are named like 20131007_ibm_Trade_Tick.csv: date and symbol stand in the name"
                throw .refused(file: file, reason: reason)
            }
            return Recording(
                LineRows(stream, EquityDecoder(name, settings.equityQuotes)), format: format, output: output)
        case .csv:
            let columns = settings.columns ?? CSVColumns()
            let line = head.prefix { $0 != 10 && $0 != 13 }
            let layout = try CSVLayout(columns, firstLine: Array(line), file: file)
            let decoder = CSVDecoder(layout, timeFormat: columns.timeFormat, zone: columns.zone)
            return Recording(LineRows(stream, decoder), format: format, output: output)
        }
    }

    /// The first bytes. Where the packed form is damaged behind them, the reader meets the damage in its place.
    private static func head(_ stream: inout DecodedStream) throws(CompressionError) -> [UInt8] {
        var failure: CompressionError?
        do { _ = try stream.fill(ContentKind.headLimit) } catch { failure = error }
        let head = stream.withBytes { bytes in
            bytes.withText { text in (0..<min(text.count, ContentKind.headLimit)).map { text[$0] } }
        }
        if head.isEmpty, let failure { throw failure }
        return head
    }
}
