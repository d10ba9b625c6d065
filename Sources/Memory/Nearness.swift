internal import CPlatform

/// Asks the processor for memory before it is needed.
public enum Nearness {
    private static var line: Int { 64 }

    /// Elements from `start` up to `end` will be read soon; those outside of the span are none.
    @inline(__always)
    public static func ask<Element>(for elements: Span<Element>, from start: Int, to end: Int) {
        unsafe elements.withUnsafeBufferPointer { elements in
            guard let first = elements.baseAddress else { return }
            let bytes = unsafe UnsafeRawPointer(first)
            let last = min(end, elements.count) &* MemoryLayout<Element>.stride
            var offset = start &* MemoryLayout<Element>.stride
            while offset < last {
                unsafe platform_prefetch(bytes + offset)
                offset &+= line
            }
        }
    }
}
