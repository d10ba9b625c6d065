/// Numbers of a topic that did not come: from `expected` up to, not including, `received`.
public struct Hole: Hashable, Sendable {
    public let expected: UInt64
    public let received: UInt64

    public init(expected: UInt64, received: UInt64) {
        self.expected = expected
        self.received = received
    }

    public var count: UInt64 { received - expected }
}

/// What a subscriber makes of a hole.
public enum Delivery: Sendable {
    /// A hole is conflation: it is counted, and reading goes on behind it.
    case latest
    /// A hole must be filled from the publisher's replay before anything behind it is delivered.
    case lossless
}

/// Reads the numbers of one topic: what to deliver, what is missing, what came twice. Pure; its twins stand in the
/// Python and C examples.
public struct TopicReader: Sendable, Equatable {
    /// `behind`: nothing read yet. `catchingUp`: a replay fills a hole (lossless only). `live`: nothing is missing.
    public enum State: Sendable, Equatable { case behind, catchingUp, live }

    public enum Action: Sendable, Equatable {
        case deliver
        /// Latest: deliver, and count what is missing. Lossless: do not deliver; the replay must bring it all.
        case hole(Hole)
        /// It was delivered before: drop it.
        case duplicate
    }

    public let delivery: Delivery
    public private(set) var state = State.behind
    /// The number that comes next; 0 while nothing was read and the topic may begin anywhere.
    public private(set) var next: UInt64
    /// Numbers that were never delivered.
    public private(set) var missing: UInt64 = 0
    public private(set) var duplicates: UInt64 = 0
    /// While catching up: the highest number known to exist.
    private var goal: UInt64 = 0

    /// - Parameter next: The first number wanted; 0 takes whatever comes first, which is right for a reader without a
    ///   past. A lossless reader passes what it stored, plus one.
    public init(delivery: Delivery, next: UInt64 = 0) {
        self.delivery = delivery
        self.next = next
    }

    /// Decides about the update with this number, live or from a replay.
    public mutating func receive(_ number: UInt64) -> Action {
        if next == 0 { next = number }
        if number < next {
            duplicates += 1
            return .duplicate
        }
        guard number > next else {
            next += 1
            if number >= goal { state = .live }
            return .deliver
        }
        let hole = Hole(expected: next, received: number)
        switch delivery {
        case .latest:
            missing += hole.count
            next = number + 1
            state = .live
        case .lossless:
            goal = max(goal, number)
            state = .catchingUp
        }
        return .hole(hole)
    }

    /// The publisher began a new run. A topic whose state was kept goes on; one that began anew counts from 1 again.
    public mutating func publisherChanged(first number: UInt64) {
        guard number < next else { return }
        next = number
        goal = 0
        state = .behind
    }
}
