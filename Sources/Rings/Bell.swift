internal import CPlatform
internal import Synchronization

/// Lets one thread that waits for descriptors be woken by others: a parker for whoever waits for the network too.
///
/// The sleeper announces itself by `arm`, looks once more for news, and only then waits for `descriptor`; the waker
/// publishes its news and then looks for the announcement, so that it costs a system call only where somebody sleeps.
public final class Bell: Sendable {
    /// Can be read from a ring on until the next `arm`; -1 where the system has none left: then nobody is woken, and
    /// waits end by their limits.
    public let descriptor: Int32
    private let isArmed = Atomic<Bool>(false)

    public init() { descriptor = platform_bell() }

    deinit { if descriptor >= 0 { platform_close(descriptor) } }

    /// Before the last look for news: from now on a ring ends the wait for the descriptor.
    public func arm() {
        platform_hush(descriptor)
        isArmed.store(true, ordering: .sequentiallyConsistent)
        atomicMemoryFence(ordering: .sequentiallyConsistent)
    }

    /// Behind the wait, so that nobody rings for one who is awake.
    public func disarm() { isArmed.store(false, ordering: .relaxed) }

    /// Wakes the sleeper if there is one; call it after the news are published.
    public func ring() {
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        // Relaxed: the fence orders this look behind the publication.
        guard isArmed.load(ordering: .relaxed) else { return }
        if isArmed.exchange(false, ordering: .sequentiallyConsistent) { platform_ring(descriptor) }
    }
}
