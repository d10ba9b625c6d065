public import Engine
public import Market

/// How a running program is, as one value: what the status endpoint shows.
public struct StatusReport: Sendable {
    /// Where a run is between its start and its end.
    public enum Phase: String, CaseIterable, Sendable {
        case starting, recovering, ready, stopping, failed
    }

    public let phase: Phase
    /// When the program began, by the wall clock.
    public let began: Timestamp
    /// What is wrong although the program runs, one sentence each; a healthy one has none.
    public let problems: [String]
    /// Nil before there is anything to count.
    public let counts: RunCounts?
    /// Nil where the system tells nothing.
    public let usage: ProcessUsage?
    /// The symbols that broke and are left out, one sentence each: the others go on.
    public var broken: [String] = []
    /// Symbols nodes that have no symbol left that publishes.
    public var silent: [String] = []

    public init(phase: Phase, began: Timestamp, problems: [String], counts: RunCounts?, usage: ProcessUsage?) {
        self.phase = phase
        self.began = began
        self.problems = problems
        self.counts = counts
        self.usage = usage
    }

    /// Whether the program should go on running as it is.
    public var isHealthy: Bool { phase != .failed && problems.isEmpty }
    /// Whether others may rely on what it publishes now.
    public var isReady: Bool { phase == .ready && problems.isEmpty && silent.isEmpty }
}
