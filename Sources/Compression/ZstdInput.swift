internal import CZstd

/// Undoes zstd: any number of frames one after another, skippable frames left out.
@safe final class ZstdInput: ByteInput {
    /// A frame may look back 128 MiB (2^27 bytes), as the command `zstd` allows without `--long`; more is refused.
    private static let windowBits: Int32 = 27
    private static let chunk = 128 << 10

    private let file: String
    private let upstream: any ByteInput
    private let decoder: OpaquePointer
    private let chunk: UnsafeMutableRawBufferPointer
    private var start = 0
    private var end = 0
    private var insideFrame = false

    init(upstream: any ByteInput, file: String) {
        guard let decoder = unsafe ZSTD_createDCtx() else {
            preconditionFailure("The system must grant a decoder its memory.")
        }
        unsafe ZSTD_DCtx_setParameter(decoder, ZSTD_d_windowLogMax, Self.windowBits)
        unsafe self.decoder = decoder
        unsafe chunk = .allocate(byteCount: Self.chunk, alignment: 64)
        self.upstream = upstream
        self.file = file
    }

    deinit {
        unsafe ZSTD_freeDCtx(decoder)
        unsafe chunk.deallocate()
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(CompressionError) -> Int {
        while true {
            // The decoder keeps a byte of its input back while it has output to give, so that none stays behind here.
            if start == end {
                start = 0
                end = unsafe try upstream.read(into: chunk)
                if end == 0 {
                    guard !insideFrame else { throw CompressionError.cutOff(file: file, form: .zstd) }
                    return 0
                }
            }
            let written = unsafe try decode(into: buffer)
            if written > 0 { return written }
        }
    }

    private func decode(into buffer: UnsafeMutableRawBufferPointer) throws(CompressionError) -> Int {
        var input = unsafe ZSTD_inBuffer(src: chunk.baseAddress, size: end, pos: start)
        var output = unsafe ZSTD_outBuffer(dst: buffer.baseAddress, size: buffer.count, pos: 0)
        let hint = unsafe ZSTD_decompressStream(decoder, &output, &input)
        start = unsafe input.pos
        let written = unsafe output.pos
        guard ZSTD_isError(hint) == 0 else {
            if written > 0 { return written }
            let detail = unsafe String(cString: ZSTD_getErrorName(hint))
            throw CompressionError.damaged(file: file, form: .zstd, detail: detail)
        }
        insideFrame = hint != 0
        return written
    }
}
