internal import Synchronization

/// A value that several threads change one after the other, each for some nanoseconds.
///
/// It stands in place of `Mutex` where the thread sanitizer must follow: that lock lives in the language's own library,
/// which the sanitizer does not see into. Whoever finds it taken waits as `Seat.wait` does.
@safe public final class Guarded<Value>: @unchecked Sendable {
    // Sendable: the value is touched only between an acquiring exchange and the releasing store that follows.
    private let isTaken = Atomic<Bool>(false)
    private var value: Value

    public init(_ value: sending Value) { self.value = value }

    public func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
        var patience = 0
        // Acquiring: what the last holder wrote must be seen whole.
        while isTaken.exchange(true, ordering: .acquiring) {
            patience += 1
            Seat.wait(patience)
        }
        return use(body)
    }

    /// The same for who has something else to do; nil, at once, where another thread has the value.
    public func withLockIfFree<Result>(_ body: (inout Value) -> Result) -> Result? {
        // Acquiring: as above.
        isTaken.exchange(true, ordering: .acquiring) ? nil : use(body)
    }

    private func use<Result>(_ body: (inout Value) -> Result) -> Result {
        // Releasing: the next holder must see what was written.
        defer { isTaken.store(false, ordering: .releasing) }
        return body(&value)
    }
}
