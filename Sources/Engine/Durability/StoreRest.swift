internal import Rings

/// How a store's thread sleeps until one of its journals may have something more.
enum StoreRest: Sendable {
    /// All journals are of this process: their writers wake it.
    case alone(Parker)
    /// Some are of others: what comes from them wakes it too.
    case inCompany(Bell, any JournalNetwork)

    func wake() {
        switch self {
        case .alone(let parker): parker.wake()
        case .inCompany(let bell, _): bell.ring()
        }
    }

    /// Sleeps until woken, at most so many nanoseconds, unless there are news already.
    func wait(
        for journals: [any ReadableJournal], atMost nanoseconds: Int64, unless hasNews: () -> Bool
    ) throws {
        switch self {
        case .alone(let parker): parker.park(atMost: UInt64(nanoseconds), unless: hasNews)
        case .inCompany(let bell, let network):
            bell.arm()
            defer { bell.disarm() }
            guard !hasNews() else { return }
            try network.wait(for: journals, or: bell, atMost: nanoseconds)
        }
    }
}
