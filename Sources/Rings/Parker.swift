internal import CPlatform
internal import Synchronization

/// Lets one thread sleep until another has news for it.
///
/// The sleeper announces itself, looks once more for news, and only then sleeps; the waker publishes its news and then
/// looks for the announcement. A full fence on both sides makes sure that at least one of them sees the other.
public final class Parker: Sendable {
    private static let awake: UInt32 = 0
    private static let asleep: UInt32 = 1

    private let state = Atomic<UInt32>(Parker.awake)

    public init() {}

    /// Sleeps until `wake`, at most `nanoseconds`, unless `hasNews` answers true after the announcement.
    public func park(atMost nanoseconds: UInt64, unless hasNews: () -> Bool) {
        state.store(Parker.asleep, ordering: .sequentiallyConsistent)
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        if !hasNews() {
            unsafe withState { word in unsafe platform_park(word, Parker.asleep, nanoseconds) }
        }
        state.store(Parker.awake, ordering: .relaxed)
    }

    /// Whether there is a sleeper, who may not have seen what the caller has published before.
    public var isAsleep: Bool {
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        // Relaxed: the fence orders this look behind the publication.
        return state.load(ordering: .relaxed) == Parker.asleep
    }

    /// Wakes the sleeper if there is one; call it after the news are published.
    public func wake() {
        guard isAsleep else { return }
        if state.exchange(Parker.awake, ordering: .sequentiallyConsistent) == Parker.asleep {
            unsafe withState { word in unsafe platform_unpark(word, 1) }
        }
    }

    /// The address of the word that the kernel sleeps on: an atomic stands at its own address for life.
    private func withState(_ body: (UnsafeRawPointer) -> Void) {
        unsafe withUnsafePointer(to: state) { unsafe body(UnsafeRawPointer($0)) }
    }
}
