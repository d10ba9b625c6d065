internal import CPlatform

/// Asks the processor for memory before it is needed.
public enum Nearness {
    /// The cache line at an address will be read soon; nothing happens if there is none.
    @unsafe public static func ask(for address: UnsafeRawPointer) { unsafe platform_prefetch(address) }
}
