internal import CPlatform
internal import Glibc

/// An open file of the project's own, closed on `deinit`. Symbolic links are not followed.
public struct StoredFile: ~Copyable, Sendable {
    /// How a file is opened.
    public enum Purpose: Sendable {
        case reading
        /// Read and written; made where it is not there, for its owner alone.
        case writing
        /// As `writing`, but it must not be there yet.
        case making
    }

    public let path: String
    private let descriptor: Int32

    public init(_ path: String, for purpose: Purpose) throws(FileError) {
        let flags =
            switch purpose {
            case .reading: O_RDONLY
            case .writing: O_RDWR | O_CREAT
            case .making: O_RDWR | O_CREAT | O_EXCL
            }
        let opened = unsafe open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard opened >= 0 else { throw FileError("open", path) }
        self.path = path
        descriptor = opened
    }

    deinit { close(descriptor) }

    private func status() throws(FileError) -> stat {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw FileError("look at", path) }
        return status
    }

    public var byteCount: Int { get throws(FileError) { Int(try status().st_size) } }
    /// Whether no folder names it any more: somebody has removed it.
    public var isRemoved: Bool { get throws(FileError) { try status().st_nlink == 0 } }
    /// When it was last written, in nanoseconds since 1970, by the file system's clock.
    public var writeTime: Int64 {
        get throws(FileError) {
            let time = try status().st_mtim
            return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
        }
    }

    /// Writes two runs of bytes one behind the other at a place, in one call as long as the system takes all of it.
    public func write(_ first: RawSpan, _ second: RawSpan, at offset: Int) throws(FileError) {
        var done = try writeBoth(first, second, at: offset)
        while done < first.byteCount + second.byteCount {
            let inFirst = min(done, first.byteCount)
            let rest = second.extracting((done - inFirst)..<second.byteCount)
            done += try writeBoth(first.extracting(inFirst..<first.byteCount), rest, at: offset + done)
        }
    }

    public func write(_ bytes: RawSpan, at offset: Int) throws(FileError) { try write(bytes, RawSpan(), at: offset) }

    /// Returns how many bytes the system took, at least one where there are any.
    private func writeBoth(_ first: RawSpan, _ second: RawSpan, at offset: Int) throws(FileError) -> Int {
        let count = unsafe first.withUnsafeBytes { first in
            unsafe second.withUnsafeBytes { second in
                var parts = unsafe (
                    iovec(iov_base: UnsafeMutableRawPointer(mutating: first.baseAddress), iov_len: first.count),
                    iovec(iov_base: UnsafeMutableRawPointer(mutating: second.baseAddress), iov_len: second.count)
                )
                return unsafe withUnsafePointer(to: &parts) { parts in
                    unsafe parts.withMemoryRebound(to: iovec.self, capacity: 2) { parts in
                        while true {
                            let count = unsafe pwritev(descriptor, parts, 2, off_t(offset))
                            if count >= 0 || errno != EINTR { return count }
                        }
                    }
                }
            }
        }
        guard count > 0 || first.byteCount + second.byteCount == 0 else {
            throw count < 0 ? FileError("write", path) : FileError("write", path, code: ENOSPC)
        }
        return count
    }

    /// Reads up to the buffer's size; fewer bytes only where the file ends.
    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
        var done = 0
        while done < buffer.count, let base = buffer.baseAddress {
            let count = unsafe pread(descriptor, base + done, buffer.count - done, off_t(offset + done))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw FileError("read", path) }
            if count == 0 { break }
            done += count
        }
        return done
    }

    /// The file's first bytes as memory: what is stored there outlives the process, also one that is killed. The file
    /// gets that size. The memory is the caller's to unmap.
    @unsafe public func mapped(byteCount: Int) throws(FileError) -> UnsafeMutableRawPointer {
        try truncate(to: byteCount)
        guard let base = unsafe platform_map_file(descriptor, byteCount) else { throw FileError("map", path) }
        return unsafe base
    }

    public func truncate(to byteCount: Int) throws(FileError) {
        guard ftruncate(descriptor, off_t(byteCount)) == 0 else { throw FileError("cut", path) }
    }

    /// Waits until the content is on the device.
    public func sync() throws(FileError) {
        guard fdatasync(descriptor) == 0 else { throw FileError("sync", path) }
    }

    /// Takes the file's lock for as long as it is open, or throws at once where another has it.
    public func lock() throws(FileError) {
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw FileError("lock", path) }
    }
}
