internal import Synchronization

/// A counter that has its cache lines to itself, so that its two users do not slow each other down.
///
/// Sixteen words are taken and the ninth is used: 64 bytes of nobody's stand before it and behind it.
struct PaddedCounter: ~Copyable {
    @safe private struct Storage: BitwiseCopyable {
        let words: UnsafeMutablePointer<Atomic<UInt64>>
    }

    private static var wordCount: Int { 16 }
    private let storage: Storage

    init() {
        let words = UnsafeMutablePointer<Atomic<UInt64>>.allocate(capacity: PaddedCounter.wordCount)
        for index in 0..<PaddedCounter.wordCount { unsafe (words + index).initialize(to: Atomic(0)) }
        storage = unsafe Storage(words: words)
    }

    deinit {
        unsafe storage.words.deinitialize(count: PaddedCounter.wordCount)
        unsafe storage.words.deallocate()
    }

    // Releasing and acquiring: what its writer did before the store is seen by whoever reads the value.
    func publish(_ value: UInt64) { unsafe storage.words[8].store(value, ordering: .releasing) }
    func observe() -> UInt64 { unsafe storage.words[8].load(ordering: .acquiring) }
    /// A figure to look at: nothing may be read on the strength of it.
    func glance() -> UInt64 { unsafe storage.words[8].load(ordering: .relaxed) }
}
