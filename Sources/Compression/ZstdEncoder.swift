internal import CZstd

/// Packs bytes into one zstd frame with a checksum; what comes out is given away piece by piece.
public struct ZstdEncoder: ~Copyable {
    private static let roomSize = 128 << 10

    /// See `Region.Storage` of the target Memory: a pointer as a direct field stopped the compiler.
    @safe private struct Storage: BitwiseCopyable {
        let encoder: OpaquePointer
        let room: UnsafeMutableRawPointer
    }

    private let storage: Storage

    /// - Parameter level: 1 (fast) to 19 (small).
    public init(level: Int = 3) {
        guard let encoder = unsafe ZSTD_createCCtx() else {
            preconditionFailure("The system must grant an encoder its memory.")
        }
        unsafe ZSTD_CCtx_setParameter(encoder, ZSTD_c_compressionLevel, Int32(min(max(level, 1), 19)))
        unsafe ZSTD_CCtx_setParameter(encoder, ZSTD_c_checksumFlag, 1)
        storage = unsafe Storage(
            encoder: encoder, room: .allocate(byteCount: ZstdEncoder.roomSize, alignment: 64))
    }

    deinit {
        unsafe ZSTD_freeCCtx(storage.encoder)
        unsafe storage.room.deallocate()
    }

    /// Takes bytes; `body` gets what is packed by then.
    public mutating func write<Failure: Error>(
        _ bytes: RawSpan, _ body: (RawSpan) throws(Failure) -> Void
    ) throws(Failure) {
        try encode(bytes, ZSTD_e_continue, body)
    }

    /// Ends the frame; `body` gets the rest.
    public mutating func finish<Failure: Error>(_ body: (RawSpan) throws(Failure) -> Void) throws(Failure) {
        try encode(RawSpan(), ZSTD_e_end, body)
    }

    private func encode<Failure: Error>(
        _ bytes: RawSpan, _ mode: ZSTD_EndDirective, _ body: (RawSpan) throws(Failure) -> Void
    ) throws(Failure) {
        var taken = 0
        while true {
            let (rest, written) = unsafe bytes.withUnsafeBytes { source in
                var input = unsafe ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: taken)
                var output = unsafe ZSTD_outBuffer(dst: storage.room, size: ZstdEncoder.roomSize, pos: 0)
                let rest = unsafe ZSTD_compressStream2(storage.encoder, &output, &input, mode)
                precondition(ZSTD_isError(rest) == 0, "An encoder must take what it is given.")
                taken = unsafe input.pos
                return unsafe (rest, output.pos)
            }
            if written > 0 { try body(unsafe RawSpan(_unsafeStart: storage.room, byteCount: written)) }
            if taken == bytes.byteCount, mode == ZSTD_e_continue || rest == 0 { return }
        }
    }
}
