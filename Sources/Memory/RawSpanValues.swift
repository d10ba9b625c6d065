extension RawSpan {
    /// The integer at `offset`, which need not be aligned, in this machine's byte order (little-endian).
    public func integer<Value: FixedWidthInteger & BitwiseCopyable>(
        at offset: Int, as type: Value.Type = Value.self
    ) -> Value {
        precondition(
            offset >= 0 && offset <= byteCount - MemoryLayout<Value>.size, "A load must lie in the lent bytes.")
        return unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: Value.self)
    }

    /// The double at `offset`, which need not be aligned.
    public func double(at offset: Int) -> Double { Double(bitPattern: integer(at: offset)) }

    /// A copy of the bytes.
    public var array: [UInt8] { unsafe withUnsafeBytes { unsafe Array($0) } }
}

extension [UInt8] {
    /// Lends the bytes for reading.
    public func withRawSpan<Result, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(unsafe span.bytes)
    }
}
