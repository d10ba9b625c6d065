public import Engine
internal import Foundation
public import Market
internal import Wire

/// Writes, at the end of a run, one line per topic with the SHA-256 of its updates: two runs are equal exactly when
/// their files are.
public final class DigestSink: Sink {
    private let path: String
    private var digest = Digest()
    private var sources: [String: Int] = [:]

    /// The file is made at once, so that a full or forbidden place is known before the run and not after it.
    public init(path: String) throws {
        self.path = path
        try Data().write(to: URL(fileURLWithPath: path))
    }

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
    public func close() throws { try Data(digest.text().utf8).write(to: URL(fileURLWithPath: path)) }
}
