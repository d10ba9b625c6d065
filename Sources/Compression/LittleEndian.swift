extension RawSpan {
    /// A little-endian number at any offset, checked against the bounds.
    public func integer<Value: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: Value.Type) -> Value {
        precondition(
            offset >= 0 && offset <= byteCount - MemoryLayout<Value>.size, "A number must lie in its bytes.")
        return Value(littleEndian: unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: Value.self))
    }

    /// The same bytes as numbers of 8 bits.
    public func withText<Result, Failure: Error>(
        _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(Span(_bytes: self))
    }
}

extension [UInt8] {
    /// Lends the bytes as a raw span.
    public func withRawBytes<Result, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(unsafe span.bytes)
    }

    func integer<Value: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: Value.Type) -> Value {
        unsafe span.bytes.integer(at: offset, as: type)
    }
}
