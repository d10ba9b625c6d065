internal import CZlib

/// Undoes deflate: a gzip file of any number of members, or the raw form of a zip's entry.
@safe final class InflateInput: ByteInput {
    private static let chunk = 128 << 10
    /// 2^15 bytes of window, the most that deflate has; +16 reads gzip's head and check, a minus sign none at all.
    private static let windowBits: Int32 = 15

    private let file: String
    private let form: CompressedForm
    private let upstream: any ByteInput
    /// Behind a pointer: zlib keeps the stream's own address and refuses a moved one.
    private let stream: UnsafeMutablePointer<z_stream>
    private let chunk: UnsafeMutablePointer<UInt8>
    private var betweenMembers = true
    private var ended = false
    /// The last call filled its buffer, so that the decoder may hold more without new input.
    private var mayHoldMore = false

    init(upstream: any ByteInput, file: String, form: CompressedForm) {
        self.upstream = upstream
        self.file = file
        self.form = form
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        unsafe chunk = .allocate(capacity: Self.chunk)
        let bits = form == .gzip ? Self.windowBits + 16 : -Self.windowBits
        let size = unsafe Int32(MemoryLayout<z_stream>.size)
        let code = unsafe inflateInit2_(stream, bits, ZLIB_VERSION, size)
        precondition(code == Z_OK, "The system must grant a decoder its memory.")
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
        unsafe chunk.deallocate()
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(CompressionError) -> Int {
        while !ended {
            if unsafe stream.pointee.avail_in == 0, !mayHoldMore, try !refill() { return 0 }
            let written = unsafe try decode(into: buffer)
            if written > 0 { return written }
        }
        return 0
    }

    /// Takes the next chunk; false at a whole end.
    private func refill() throws(CompressionError) -> Bool {
        let room = unsafe UnsafeMutableRawBufferPointer(start: chunk, count: Self.chunk)
        let count = unsafe try upstream.read(into: room)
        guard count > 0 else {
            ended = true
            guard betweenMembers, form == .gzip else { throw CompressionError.cutOff(file: file, form: form) }
            return false
        }
        unsafe stream.pointee.next_in = chunk
        unsafe stream.pointee.avail_in = UInt32(count)
        return true
    }

    private func decode(into buffer: UnsafeMutableRawBufferPointer) throws(CompressionError) -> Int {
        let room = UInt32(clamping: buffer.count)
        unsafe stream.pointee.next_out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
        unsafe stream.pointee.avail_out = room
        betweenMembers = false
        let code = unsafe inflate(stream, Z_NO_FLUSH)
        let written = unsafe Int(room - stream.pointee.avail_out)
        switch code {
        case Z_OK, Z_BUF_ERROR:
            mayHoldMore = written == Int(room)
            return written
        case Z_STREAM_END:
            betweenMembers = true
            mayHoldMore = false
            if form == .gzip { unsafe inflateReset(stream) } else { ended = true }
            return written
        default:
            // What came out before the damage is good; the next call meets the damage again.
            if written > 0 { return written }
            ended = true
            let detail = unsafe stream.pointee.msg.map { unsafe String(cString: $0) } ?? "code \(code)"
            throw CompressionError.damaged(file: file, form: form, detail: detail)
        }
    }
}

/// Checks that a zip's entry is as long as its directory says, and that its checksum agrees.
final class CheckedInput: ByteInput {
    private let file: String
    private let upstream: any ByteInput
    private let checksum: UInt32
    private var rest: UInt64
    private var sum: UInt = 0

    init(upstream: any ByteInput, file: String, byteCount: UInt64, checksum: UInt32) {
        self.upstream = upstream
        self.file = file
        self.checksum = checksum
        rest = byteCount
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(CompressionError) -> Int {
        let count = unsafe try upstream.read(into: buffer)
        guard UInt64(count) <= rest else { throw damaged("an entry is longer than the directory says") }
        rest -= UInt64(count)
        if count == 0 {
            guard rest == 0 else { throw damaged("an entry is shorter than the directory says") }
            guard UInt32(truncatingIfNeeded: sum) == checksum else { throw damaged("an entry's checksum differs") }
        }
        unsafe sum = crc32_z(sum, buffer.baseAddress?.assumingMemoryBound(to: UInt8.self), count)
        return count
    }

    private func damaged(_ detail: String) -> CompressionError { .damaged(file: file, form: .zip, detail: detail) }
}
