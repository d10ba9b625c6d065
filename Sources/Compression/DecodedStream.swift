internal import Glibc

/// How much a file may grow while it is unpacked: a bomb is refused, not served.
public struct ExpansionLimit: Sendable {
    /// Up to this many bytes come out in any case.
    public let free: UInt64
    /// Above it, at most this many bytes for each byte of the file.
    public let ratio: UInt64

    /// Deflate reaches 1,032 at most and market data some 50, so that only zstd's zeros meet this.
    public static let standard = ExpansionLimit(free: 1 << 30, ratio: 1_100)

    public init(free: UInt64, ratio: UInt64) {
        self.free = free
        self.ratio = ratio
    }
}

/// A file's content in order, whatever it is packed in, through a window of memory that moves along.
///
/// Plain, zstd (any number of frames), gzip (any number of members), one entry of a zip, and these inside each other up
/// to three deep are told apart by their first bytes. Memory stays constant: the window, plus what the decoder holds.
public struct DecodedStream: ~Copyable {
    /// No line and no record may be longer than this.
    public static let windowLimit = 64 << 20
    private static let windowSize = 256 << 10
    private static let depthLimit = 3

    /// What a call for the next line found.
    public enum Line: Sendable, Equatable {
        /// A line; `withLine` lends it.
        case line
        /// A line over the limit; it was passed over.
        case tooLong
        case end
    }

    /// See `Region.Storage` of the target Memory: a pointer as a direct field stopped the compiler.
    @safe private struct Storage: BitwiseCopyable {
        var base: UnsafeMutableRawPointer
        var capacity: Int
    }

    private let input: any ByteInput
    private let file: String
    private let encodedByteCount: UInt64
    private let limit: ExpansionLimit
    private var storage: Storage
    private var start = 0
    private var end = 0
    private var lineLength = 0
    private var ended = false
    private var failure: CompressionError?
    private var decoded: UInt64 = 0
    /// Bytes of content passed so far: the offset of the first unread byte.
    public private(set) var position: UInt64 = 0

    /// Opens a file that is no zip.
    public init(path: String, limit: ExpansionLimit = .standard) throws(CompressionError) {
        try self.init(FileInput(path: path), file: path, limit: limit)
    }

    /// Opens one entry of a zip.
    public init(path: String, entry: ZipEntry, limit: ExpansionLimit = .standard) throws(CompressionError) {
        try self.init(FileInput(path: path), entry: entry, file: path, limit: limit)
    }

    /// Reads bytes as if they were a file that is no zip.
    public init(bytes: [UInt8], name: String, limit: ExpansionLimit = .standard) throws(CompressionError) {
        try self.init(MemoryInput(bytes: bytes, file: name), file: name, limit: limit)
    }

    public init(
        bytes: [UInt8], entry: ZipEntry, name: String, limit: ExpansionLimit = .standard
    ) throws(CompressionError) {
        try self.init(MemoryInput(bytes: bytes, file: name), entry: entry, file: name, limit: limit)
    }

    private init(
        _ whole: any PlacedInput, entry: ZipEntry, file: String, limit: ExpansionLimit
    ) throws(CompressionError) {
        let offset = try ZipDirectory.contentOffset(of: entry, in: whole, file: file)
        guard !entry.isEncrypted else {
            throw CompressionError.refused(file: file, reason: "the zip's entry \(entry.name) is encrypted")
        }
        let section = SectionInput(of: whole, offset: offset, byteCount: entry.packedByteCount)
        let content: any ByteInput
        switch entry.method {
        case 0: content = section
        case 8: content = InflateInput(upstream: section, file: file, form: .zip)
        case 93: content = ZstdInput(upstream: section, file: file)
        default:
            throw CompressionError.refused(
                file: file,
                reason: "the zip's entry \(entry.name) is packed by method \(entry.method); read are 0, 8, 93")
        }
        let checked = CheckedInput(
            upstream: content, file: file, byteCount: entry.byteCount, checksum: entry.checksum)
        try self.init(checked, encoded: entry.packedByteCount, file: file, limit: limit)
    }

    private init(_ whole: any PlacedInput, file: String, limit: ExpansionLimit) throws(CompressionError) {
        try self.init(whole, encoded: whole.byteCount, file: file, limit: limit)
    }

    private init(
        _ content: any ByteInput, encoded: UInt64, file: String, limit: ExpansionLimit
    ) throws(CompressionError) {
        input = try Self.unwrapped(content, file: file)
        self.file = file
        self.limit = limit
        encodedByteCount = encoded
        storage = unsafe Storage(
            base: .allocate(byteCount: Self.windowSize, alignment: 64), capacity: Self.windowSize)
    }

    deinit { unsafe storage.base.deallocate() }

    /// The entries of a file that is a zip; nil when it is none.
    public static func zipEntries(path: String) throws(CompressionError) -> [ZipEntry]? {
        try zipEntries(of: FileInput(path: path), file: path)
    }

    public static func zipEntries(bytes: [UInt8], name: String) throws(CompressionError) -> [ZipEntry]? {
        try zipEntries(of: MemoryInput(bytes: bytes, file: name), file: name)
    }

    private static func zipEntries(of whole: any PlacedInput, file: String) throws(CompressionError) -> [ZipEntry]? {
        guard whole.byteCount >= 4 else { return nil }
        var magic: UInt32 = 0
        var failure: CompressionError?
        unsafe withUnsafeMutableBytes(of: &magic) { bytes in
            do throws(CompressionError) { unsafe try whole.read(at: 0, into: bytes) } catch { failure = error }
        }
        if let failure { throw failure }
        // A first entry, or the end of an archive without entries.
        guard magic == 0x0403_4B50 || magic == 0x0605_4B50 else { return nil }
        return try ZipDirectory.entries(of: whole, file: file)
    }
}

// MARK: Bytes

extension DecodedStream {
    /// Waits until `minimum` unread bytes are in the window and returns how many there are: fewer only at the end.
    ///
    /// An error comes after all bytes before it have been served, and comes again at every later call.
    public mutating func fill(_ minimum: Int) throws(CompressionError) -> Int {
        precondition(minimum <= Self.windowLimit, "A window must not be asked for more than its limit.")
        while end - start < minimum, !ended { try readMore() }
        return end - start
    }

    /// Lends the unread bytes of the window.
    public func withBytes<Result, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(unsafe RawSpan(_unsafeStart: storage.base + start, byteCount: end - start))
    }

    /// Passes over unread bytes of the window.
    public mutating func skip(_ count: Int) {
        precondition(count >= 0 && count <= end - start, "Only bytes of the window can be passed over.")
        start += count
        position += UInt64(count)
    }

    private mutating func readMore() throws(CompressionError) {
        if let failure { throw failure }
        do throws(CompressionError) {
            try readChunk()
        } catch {
            failure = error
            throw error
        }
    }

    private mutating func readChunk() throws(CompressionError) {
        makeRoom()
        let room = unsafe UnsafeMutableRawBufferPointer(start: storage.base + end, count: storage.capacity - end)
        let count = unsafe try input.read(into: room)
        ended = count == 0
        end += count
        decoded += UInt64(count)
        let (allowed, overflow) = encodedByteCount.multipliedReportingOverflow(by: limit.ratio)
        guard overflow || decoded <= max(limit.free, allowed) else {
            throw CompressionError.expands(file: file, decoded: decoded, encoded: encodedByteCount)
        }
    }

    /// Moves the unread bytes to the front, and doubles the window when they fill more than half of it.
    private mutating func makeRoom() {
        let count = end - start
        if count <= storage.capacity / 2 {
            unsafe storage.base.copyMemory(from: storage.base + start, byteCount: count)
        } else {
            let capacity = storage.capacity * 2
            let base = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 64)
            unsafe base.copyMemory(from: storage.base + start, byteCount: count)
            unsafe storage.base.deallocate()
            storage = unsafe Storage(base: base, capacity: capacity)
        }
        start = 0
        end = count
    }
}

// MARK: Lines

extension DecodedStream {
    /// Goes to the next line. A last line without its newline is a line; an empty rest is not.
    public mutating func nextLine(limit: Int) throws(CompressionError) -> Line {
        precondition(limit <= Self.windowLimit / 4, "A line must fit its window.")
        skip(lineLength)
        lineLength = 0
        var searched = 0
        while true {
            if let length = lengthOfLine(from: searched) {
                lineLength = length
                return length > limit ? .tooLong : .line
            }
            searched = end - start
            if searched > limit {
                try skipRestOfLine()
                return .tooLong
            }
            if ended {
                lineLength = searched
                return searched > 0 ? .line : .end
            }
            try readMore()
        }
    }

    /// Lends the line without its end (`\n` or `\r\n`).
    public func withLine<Result, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var length = lineLength
        let line = unsafe storage.base + start
        if length > 0, unsafe line.load(fromByteOffset: length - 1, as: UInt8.self) == 10 { length -= 1 }
        if length > 0, unsafe line.load(fromByteOffset: length - 1, as: UInt8.self) == 13 { length -= 1 }
        return try body(unsafe RawSpan(_unsafeStart: line, byteCount: length))
    }

    /// The length of the line at the window's front with its newline; nil when no newline is there yet.
    private func lengthOfLine(from searched: Int) -> Int? {
        let from = unsafe storage.base + start
        guard let newline = unsafe memchr(from + searched, 10, end - start - searched) else { return nil }
        return unsafe newline - from + 1
    }

    private mutating func skipRestOfLine() throws(CompressionError) {
        while true {
            if let length = lengthOfLine(from: 0) {
                skip(length)
                return
            }
            skip(end - start)
            if ended { return }
            try readMore()
        }
    }
}

// MARK: Unwrapping

extension DecodedStream {
    /// Undoes what the first bytes show, again and again up to the limit of depth.
    private static func unwrapped(
        _ content: any ByteInput, file: String
    ) throws(CompressionError) -> any ByteInput {
        var current = content
        for _ in 0..<depthLimit {
            let head = try head(of: current)
            current = RewoundInput(head: head, rest: current)
            if head.starts(with: [0x1F, 0x8B]) {
                current = InflateInput(upstream: current, file: file, form: .gzip)
            } else if isZstd(head) {
                current = ZstdInput(upstream: current, file: file)
            } else {
                return current
            }
        }
        return current
    }

    /// A frame, or a skippable frame (0x184D2A50 to 5F).
    private static func isZstd(_ head: [UInt8]) -> Bool {
        guard head.count == 4 else { return false }
        let magic = head.integer(at: 0, as: UInt32.self)
        return magic == 0xFD2F_B528 || magic & 0xFFFF_FFF0 == 0x184D_2A50
    }

    private static func head(of input: any ByteInput) throws(CompressionError) -> [UInt8] {
        var head: [UInt8] = []
        var bytes: UInt32 = 0
        var failure: CompressionError?
        while head.count < 4, failure == nil {
            let count = unsafe withUnsafeMutableBytes(of: &bytes) { room -> Int in
                let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: room[0..<4 - head.count])
                do throws(CompressionError) { return unsafe try input.read(into: rest) } catch { failure = error }
                return 0
            }
            if count == 0 { break }
            unsafe withUnsafeBytes(of: bytes) { read in unsafe head.append(contentsOf: read.prefix(count)) }
        }
        if let failure { throw failure }
        return head
    }
}
