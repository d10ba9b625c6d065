import CZlib
import CZstd
import Compression
import Testing

/// Packs bytes the way recordings are packed, with the libraries' own encoders.
enum Packed {
    static func zstd(_ bytes: [UInt8], level: Int32 = 3) -> [UInt8] {
        let room = ZSTD_compressBound(bytes.count)
        var packed = [UInt8](repeating: 0, count: room)
        let count = unsafe packed.withUnsafeMutableBytes { target in
            unsafe bytes.withUnsafeBytes { source in
                unsafe ZSTD_compress(target.baseAddress, room, source.baseAddress, bytes.count, level)
            }
        }
        packed.removeLast(room - count)
        return packed
    }

    /// zlib's window bits: 31 makes gzip, -15 raw deflate.
    static func deflate(_ bytes: [UInt8], windowBits: Int32) -> [UInt8] {
        var stream = unsafe z_stream()
        unsafe deflateInit2_(
            &stream, 6, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        var packed = [UInt8](repeating: 0, count: bytes.count + bytes.count / 1_000 + 100)
        let room = packed.count
        var source = bytes
        unsafe source.withUnsafeMutableBufferPointer { from in
            unsafe packed.withUnsafeMutableBufferPointer { to in
                unsafe stream.next_in = from.baseAddress
                unsafe stream.avail_in = UInt32(from.count)
                unsafe stream.next_out = to.baseAddress
                unsafe stream.avail_out = UInt32(to.count)
                _ = unsafe CZlib.deflate(&stream, Z_FINISH)
            }
        }
        packed.removeLast(unsafe Int(stream.avail_out))
        unsafe deflateEnd(&stream)
        precondition(packed.count <= room)
        return packed
    }

    static func gzip(_ bytes: [UInt8]) -> [UInt8] { deflate(bytes, windowBits: 31) }

    static func checksum(_ bytes: [UInt8]) -> UInt32 {
        UInt32(unsafe bytes.withUnsafeBytes { unsafe crc32_z(0, $0.bindMemory(to: UInt8.self).baseAddress, $0.count) })
    }

    /// A zip archive; `method` 8 deflates, 0 stores.
    static func zip(_ files: [(name: String, bytes: [UInt8])], method: UInt16 = 8, comment: String = "") -> [UInt8] {
        var archive: [UInt8] = []
        var directory: [UInt8] = []
        for (name, bytes) in files {
            let packed = method == 8 ? deflate(bytes, windowBits: -15) : bytes
            let offset = archive.count
            var common: [UInt8] = []
            append(UInt16(20), UInt16(0), method, UInt16(0), UInt16(0), to: &common)
            append(checksum(bytes), UInt32(packed.count), UInt32(bytes.count), to: &common)
            append(UInt16(name.utf8.count), to: &common)
            append(UInt32(0x0403_4B50), to: &archive)
            archive += common
            append(UInt16(4), to: &archive)
            archive += Array(name.utf8) + [9, 9, 0, 0] + packed
            append(UInt32(0x0201_4B50), to: &directory)
            append(UInt16(20), to: &directory)
            directory += common
            append(UInt16(0), UInt16(0), UInt16(0), UInt16(0), to: &directory)
            append(UInt32(0), UInt32(offset), to: &directory)
            directory += Array(name.utf8)
        }
        let start = archive.count
        archive += directory
        append(UInt32(0x0605_4B50), UInt32(0), to: &archive)
        append(UInt16(files.count), UInt16(files.count), to: &archive)
        append(UInt32(directory.count), UInt32(start), to: &archive)
        append(UInt16(comment.utf8.count), to: &archive)
        return archive + Array(comment.utf8)
    }

    private static func append<each Value: FixedWidthInteger>(_ values: repeat each Value, to bytes: inout [UInt8]) {
        for value in repeat each values {
            var rest = UInt64(truncatingIfNeeded: value)
            for _ in 0..<value.bitWidth / 8 {
                bytes.append(UInt8(truncatingIfNeeded: rest))
                rest >>= 8
            }
        }
    }
}

@Suite struct `Decoded stream` {
    /// Text that compresses like a recording and is larger than every buffer on the way.
    private static let text: [UInt8] = {
        var bytes: [UInt8] = []
        for line in 0..<60_000 { bytes += Array("line \(line) price \(line * 7 % 1_009).25\n".utf8) }
        return bytes
    }()

    private func content(_ packed: [UInt8], limit: ExpansionLimit = .standard) -> ([UInt8], CompressionError?) {
        var bytes: [UInt8] = []
        do throws(CompressionError) {
            var stream = try DecodedStream(bytes: packed, name: "memory", limit: limit)
            while true {
                let count = try stream.fill(1)
                if count == 0 { return (bytes, nil) }
                stream.withBytes { span in
                    for index in 0..<span.byteCount { bytes.append(span.integer(at: index, as: UInt8.self)) }
                }
                stream.skip(count)
            }
        } catch {
            return (bytes, error)
        }
    }

    @Test func `plain, zstd and gzip give the same bytes, in several frames and inside each other`() {
        let text = Self.text
        let half = text.count / 2
        let front = Array(text[..<half])
        let back = Array(text[half...])
        let forms: [[UInt8]] = [
            text, Packed.zstd(text), Packed.gzip(text), Packed.zstd(front) + Packed.zstd(back),
            Packed.gzip(front) + Packed.gzip(back), Packed.zstd(Packed.gzip(text)),
            [0x50, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3] + Packed.zstd(text),
        ]
        for (index, form) in forms.enumerated() {
            let (bytes, failure) = content(form)
            #expect(failure == nil, "form \(index)")
            #expect(bytes == text, "form \(index)")
        }
        #expect(content([]).0.isEmpty)
        #expect(content(Packed.zstd([])).1 == nil)
    }

    @Test func `content that grows a thousandfold comes out whole, whatever its length`() {
        for length in [1, 131_072, 262_143, 262_144, 262_145, 400_000, 3_000_000] {
            let zeros = [UInt8](repeating: 0, count: length)
            for packed in [Packed.zstd(zeros), Packed.gzip(zeros)] {
                let (bytes, failure) = content(packed)
                #expect(failure == nil, "\(length)")
                #expect(bytes.count == length)
            }
        }
    }

    @Test func `a cut frame serves every block that is whole, however the window stands`() throws {
        // Blocks of 131,072 bytes that repeat one byte: the cut takes the last one.
        let packed = Packed.zstd([UInt8](repeating: 0, count: 4 * 131_072))
        for step in [1_000, 70_000, 100_000, 131_071] {
            var stream = try DecodedStream(bytes: Array(packed.dropLast(2)), name: "memory")
            var served = 0
            while let count = try? stream.fill(step), count >= step {
                stream.skip(step)
                served += step
            }
            served += stream.withBytes { $0.byteCount }
            #expect(served == 3 * 131_072, "\(step)")
        }
    }

    @Test func `a cut form serves what came before and says that it is cut`() {
        for (packed, form) in [(Packed.zstd(Self.text), CompressedForm.zstd), (Packed.gzip(Self.text), .gzip)] {
            let (bytes, failure) = content(Array(packed[..<(packed.count / 2)]))
            #expect(failure == .cutOff(file: "memory", form: form))
            #expect(!bytes.isEmpty)
            #expect(Self.text.starts(with: bytes))
        }
    }

    @Test func `flipped bits give an error or other bytes, never a crash`() {
        let text = Array(Self.text[..<20_000])
        var generator = SystemRandomNumberGenerator()
        for packed in [Packed.zstd(text), Packed.gzip(text)] {
            for _ in 0..<500 {
                var broken = packed
                broken[Int.random(in: 0..<broken.count, using: &generator)] ^= 1 << UInt8.random(in: 0..<8)
                _ = content(broken)
            }
        }
    }

    @Test func `a bomb is refused`() {
        let zeros = [UInt8](repeating: 0, count: 8 << 20)
        let (bytes, failure) = content(Packed.zstd(zeros), limit: ExpansionLimit(free: 1 << 20, ratio: 100))
        #expect(bytes.count < 2 << 20)
        guard case .expands = failure else {
            Issue.record("a bomb went through: \(String(describing: failure))")
            return
        }
    }

    @Test func `lines are found over window edges, with and without a last newline`() throws {
        var lines: [String] = []
        for index in 0..<30_000 { lines.append(String(repeating: "x", count: index % 60) + "\(index)") }
        let bytes = Array(lines.joined(separator: "\r\n").utf8)
        var stream = try DecodedStream(bytes: bytes, name: "memory")
        var found: [String] = []
        while case .line = try stream.nextLine(limit: 1_000) {
            found.append(
                stream.withLine { line in
                    line.withText { text in String(decoding: (0..<text.count).map { text[$0] }, as: UTF8.self) }
                })
        }
        #expect(found == lines)
    }

    @Test func `a line over the limit is passed over`() throws {
        let long = [UInt8](repeating: 65, count: 3 << 20)
        for newline in [[UInt8(10)], []] {
            var stream = try DecodedStream(bytes: Array("a\n".utf8) + long + newline, name: "memory")
            var found: [DecodedStream.Line] = []
            repeat { found.append(try stream.nextLine(limit: 1_000)) } while found.last != .end
            #expect(found == [.line, .tooLong, .end])
        }
    }
}

@Suite struct `Zip` {
    private func content(_ archive: [UInt8], _ index: Int) throws -> [UInt8] {
        guard let entries = try DecodedStream.zipEntries(bytes: archive, name: "memory"), index < entries.count else {
            return []
        }
        var stream = try DecodedStream(bytes: archive, entry: entries[index], name: "memory")
        var bytes: [UInt8] = []
        while true {
            let count = try stream.fill(1)
            if count == 0 { return bytes }
            stream.withBytes { span in
                for index in 0..<span.byteCount { bytes.append(span.integer(at: index, as: UInt8.self)) }
            }
            stream.skip(count)
        }
    }

    @Test func `entries are read by their names, deflated and stored`() throws {
        let first = Array("one,two\n".utf8)
        let second = [UInt8](repeating: 7, count: 100_000)
        for method in [UInt16(0), 8] {
            let archive = Packed.zip(
                [("a.csv", first), ("b.bin", second), ("c.gz", Packed.gzip(second))], method: method, comment: "PK")
            let entries = try #require(try DecodedStream.zipEntries(bytes: archive, name: "memory"))
            #expect(entries.map(\.name) == ["a.csv", "b.bin", "c.gz"])
            #expect(try content(archive, 0) == first)
            #expect(try content(archive, 1) == second)
            #expect(try content(archive, 2) == second)
        }
        #expect(try DecodedStream.zipEntries(bytes: first, name: "memory") == nil)
    }

    @Test func `raw deflate is flushed whole at its end, whatever its length`() throws {
        for length in stride(from: 261_900, through: 262_700, by: 5) {
            let zeros = [UInt8](repeating: 0, count: length)
            #expect(try content(Packed.zip([("zeros", zeros)]), 0).count == length, "\(length)")
        }
    }

    @Test func `a wrong checksum is damage`() throws {
        let plain = Array("hello, hello".utf8)
        var archive = Packed.zip([("a", plain)], method: 0)
        archive[30 + 1 + 4] ^= 1
        #expect(throws: CompressionError.self) { try content(archive, 0) }
    }

    @Test func `cut and flipped archives never crash`() throws {
        let archive = Packed.zip([("a.csv", Array("one,two\n".utf8)), ("b", [UInt8](repeating: 1, count: 3_000))])
        for count in 0..<archive.count { _ = try? content(Array(archive[..<count]), 0) }
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<5_000 {
            var broken = archive
            for _ in 0..<3 { broken[Int.random(in: 0..<broken.count, using: &generator)] = UInt8.random(in: 0...255) }
            guard let entries = try? DecodedStream.zipEntries(bytes: broken, name: "memory") else { continue }
            for index in entries.indices { _ = try? content(broken, index) }
        }
    }
}
