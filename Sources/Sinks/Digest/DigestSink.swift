public import Engine
public import Market
internal import Wire

/// Writes, at the end of a run, one line per topic with the SHA-256 of its updates: two runs are equal exactly when
/// their files are.
public final class DigestSink: Sink {
    private let file: DigestFile
    private var digest = Digest()
    private var sources: [String: Int] = [:]

    /// See `DigestFile` for when it throws.
    public init(path: String) throws(DigestFile.Failure) { file = try DigestFile(path: path) }

    public func receive(_ records: RawSpan, from origin: UpdateOrigin) {
        let source: Int
        if let known = sources[origin.node] {
            source = known
        } else {
            source = digest.add(origin.topics)
            sources[origin.node] = source
        }
        digest.append(records: records, from: source) { .symbol(origin.symbol($0).symbol) }
    }

    public func flush() {}
    public func beat(_ now: Timestamp) {}
    public func close() throws { try file.write(digest.text()) }
}
