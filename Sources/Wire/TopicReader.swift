/// Numbers of a topic that did not come: from `expected` up to, not including, `received`.
public struct Hole: Hashable, Sendable {
    public let expected: UInt64
    public let received: UInt64

    public init(expected: UInt64, received: UInt64) {
        self.expected = expected
        self.received = received
    }

    public var count: UInt64 { received &- expected }
}

/// What a subscriber makes of a hole.
public enum Delivery: Sendable {
    /// A hole is conflation: it is counted, and reading goes on behind it.
    case latest
    /// A hole must be filled from the publisher's replay before anything behind it is delivered.
    case lossless
}

/// Reads the numbers of one topic: what to deliver, what is missing, what came twice. Pure; its twins stand in the
/// Python and C examples. Numbers may come from anyone: none stops it.
public struct TopicReader: Sendable, Equatable {
    /// `behind`: nothing read yet. `catchingUp`: a replay fills a hole (lossless only). `live`: nothing is missing.
    public enum State: Sendable, Equatable { case behind, catchingUp, live }

    public enum Action: Sendable, Equatable {
        /// Deliver the message's updates but the first `skipping`, which were delivered before.
        case deliver(skipping: Int)
        /// Latest: deliver all; what is missing is counted. Lossless: deliver nothing, the replay must bring it.
        case hole(Hole)
        /// All was delivered before: drop it.
        case duplicate
    }

    public let delivery: Delivery
    public private(set) var state = State.behind
    /// The number that comes next; 0 while nothing was read and the topic may begin anywhere.
    public private(set) var next: UInt64
    /// Numbers that were never delivered.
    public private(set) var missing: UInt64 = 0
    public private(set) var duplicates: UInt64 = 0
    /// While catching up: the first number behind all that are known to exist.
    private var goal: UInt64 = 0

    /// - Parameter next: The first number wanted; 0 takes whatever comes first, which is right for a reader without a
    ///   past. A lossless reader passes what it stored, plus one.
    public init(delivery: Delivery, next: UInt64 = 0) {
        self.delivery = delivery
        self.next = next
    }

    /// Decides about a message of `count` updates from the number `first` on, live or from a replay.
    public mutating func receive(_ first: UInt64, count: Int = 1) -> Action {
        precondition(count > 0, "A message must hold an update.")
        let end = first &+ UInt64(count)
        if next == 0 { next = first }
        guard first <= next else { return takeBehind(Hole(expected: next, received: first), end: end) }
        let old = Int(clamping: next - first)
        duplicates &+= UInt64(min(old, count))
        guard old < count else { return .duplicate }
        next = end
        if end >= goal { state = .live }
        return .deliver(skipping: old)
    }

    /// The publisher began a new run. A topic whose state was kept goes on; one that began anew counts from 1 again.
    public mutating func publisherChanged(first: UInt64) {
        guard first < next else { return }
        // Lossless wants its beginning too.
        next = delivery == .lossless ? 1 : first
        goal = 0
        state = .behind
    }

    /// Goes on at a number though something before it is missing; returns what is lost. Nil where nothing is, and where
    /// the topic had not begun: then it begins there.
    public mutating func accept(_ number: UInt64) -> Hole? {
        guard number > next else { return nil }
        let lost = next == 0 ? nil : Hole(expected: next, received: number)
        missing &+= lost?.count ?? 0
        next = number
        if number >= goal { state = .live }
        return lost
    }

    private mutating func takeBehind(_ hole: Hole, end: UInt64) -> Action {
        switch delivery {
        case .latest:
            missing &+= hole.count
            next = end
            state = .live
        case .lossless:
            goal = max(goal, end)
            state = .catchingUp
        }
        return .hole(hole)
    }
}
