/// Which core each part of a measurement is tied to; nil for any. Both sides of a comparison get the same.
struct BenchSeats: Sendable {
    static let usage = "[--source-core N] [--core N] [--subscriber-core N]"
    static let details = """
          --source-core N, --core N, --subscriber-core N
                           the cores of the load, of everything else that publishes, and of the subscriber
        """

    /// The thread that makes the load.
    var source: Int?
    /// Everything else that publishes: lanes, sinks, ZeroMQ's thread.
    var publisher: Int?
    var subscriber: Int?

    /// In one word: the three cores in their order.
    var text: String { [source, publisher, subscriber].map { $0.map { "\($0)" } ?? "any" }.joined(separator: ",") }

    init(_ arguments: inout Arguments) throws {
        source = try arguments.takeNumber("--source-core", in: 0...1_023)
        publisher = try arguments.takeNumber("--core", in: 0...1_023)
        subscriber = try arguments.takeNumber("--subscriber-core", in: 0...1_023)
    }
}
