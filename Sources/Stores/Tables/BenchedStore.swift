public import Engine

/// A store of its own beside the same rows by hand, for `millrace bench store`.
public protocol BenchedStore: AnyObject {
    /// Takes runs of records through the sink, a commit each, into empty tables; returns seconds.
    func measureSink(_ chunks: [[UInt8]], _ origin: UpdateOrigin) throws -> Double
    /// Takes the same rows, encoded beforehand, by the fewest statements, a commit each; returns seconds.
    func measureByHand(_ chunks: [[UInt8]], _ origin: UpdateOrigin) throws -> Double
    /// Removes everything that the benchmark made.
    func remove() throws
}

/// A time that is being measured.
struct Stopwatch {
    private let begin = ContinuousClock.now

    var seconds: Double {
        let (seconds, attoseconds) = (ContinuousClock.now - begin).components
        return Double(seconds) + Double(attoseconds) * 1e-18
    }
}
