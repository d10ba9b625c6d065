internal import Glibc

/// Bytes in order; a chain of these undoes one compression after another.
protocol ByteInput: AnyObject {
    /// Fills the front of the buffer and returns how many bytes; 0 only at the end. The buffer is not empty.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(CompressionError) -> Int
}

/// Bytes that can also be read at a place, as a zip's directory needs.
protocol PlacedInput: ByteInput {
    var byteCount: UInt64 { get }
    /// Reads exactly the buffer's size.
    func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(CompressionError)
}

/// A file, closed on `deinit`.
final class FileInput: PlacedInput {
    private let file: String
    private let descriptor: Int32
    let byteCount: UInt64

    init(path: String) throws(CompressionError) {
        file = path
        let opened = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard opened >= 0 else { throw CompressionError.cannotOpen(file: path, reason: systemReason()) }
        var status = stat()
        guard unsafe fstat(opened, &status) == 0 else {
            let reason = systemReason()
            close(opened)
            throw CompressionError.cannotOpen(file: path, reason: reason)
        }
        guard status.st_mode & S_IFMT != S_IFDIR else {
            close(opened)
            throw CompressionError.cannotOpen(file: path, reason: "it is a folder")
        }
        descriptor = opened
        byteCount = UInt64(max(0, status.st_size))
    }

    deinit { close(descriptor) }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(CompressionError) -> Int {
        while true {
            let count = unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            if count >= 0 { return count }
            guard errno == EINTR else { throw CompressionError.cannotRead(file: file, reason: systemReason()) }
        }
    }

    func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(CompressionError) {
        guard let base = buffer.baseAddress else { return }
        var done = 0
        while done < buffer.count {
            let count = unsafe pread(
                descriptor, base + done, buffer.count - done, off_t(clamping: offset) + off_t(done))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw CompressionError.cannotRead(file: file, reason: systemReason()) }
            guard count > 0 else { throw CompressionError.cutOff(file: file, form: .zip) }
            done += count
        }
    }

}

/// What the last failed call of the system says.
private func systemReason() -> String { unsafe String(cString: strerror(errno)) }

/// Bytes in memory, for tests and for a reader's fuzzing.
final class MemoryInput: PlacedInput {
    private let file: String
    private let bytes: [UInt8]
    private var position = 0
    var byteCount: UInt64 { UInt64(bytes.count) }

    init(bytes: [UInt8], file: String) {
        self.bytes = bytes
        self.file = file
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(CompressionError) -> Int {
        let count = min(buffer.count, bytes.count - position)
        unsafe copy(from: position, count: count, to: buffer)
        position += count
        return count
    }

    func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(CompressionError) {
        let count = buffer.count
        guard offset <= byteCount, UInt64(count) <= byteCount - offset else {
            throw CompressionError.cutOff(file: file, form: .zip)
        }
        unsafe copy(from: Int(offset), count: count, to: buffer)
    }

    private func copy(from start: Int, count: Int, to buffer: UnsafeMutableRawBufferPointer) {
        unsafe bytes.withUnsafeBytes { source in
            unsafe buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[start..<start + count]))
        }
    }
}

/// A stretch of a placed input, as a zip's entry is.
final class SectionInput: ByteInput {
    private let whole: any PlacedInput
    private var offset: UInt64
    private var rest: UInt64

    init(of whole: any PlacedInput, offset: UInt64, byteCount: UInt64) {
        self.whole = whole
        self.offset = offset
        rest = byteCount
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(CompressionError) -> Int {
        let count = Int(min(UInt64(buffer.count), rest))
        guard count > 0 else { return 0 }
        unsafe try whole.read(at: offset, into: UnsafeMutableRawBufferPointer(rebasing: buffer[0..<count]))
        offset += UInt64(count)
        rest -= UInt64(count)
        return count
    }
}

/// Bytes that were read ahead to see what they are, then the rest.
final class RewoundInput: ByteInput {
    private let head: MemoryInput
    private let rest: any ByteInput

    init(head: [UInt8], rest: any ByteInput) {
        self.head = MemoryInput(bytes: head, file: "")
        self.rest = rest
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(CompressionError) -> Int {
        let count = unsafe try head.read(into: buffer)
        if count > 0 { return count }
        return unsafe try rest.read(into: buffer)
    }
}
