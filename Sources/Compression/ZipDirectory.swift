/// One file in a zip archive.
public struct ZipEntry: Sendable, Equatable {
    public let name: String
    /// Bytes once unpacked, as the directory says.
    public let byteCount: UInt64
    let packedByteCount: UInt64
    let checksum: UInt32
    let method: UInt16
    let isEncrypted: Bool
    let headOffset: UInt64
}

/// Reads a zip's central directory (PKWARE's APPNOTE 6.3.10, with the 64-bit form).
enum ZipDirectory {
    /// An archive may hold this many entries; a recording has one or a few.
    static let entryLimit = 10_000
    static let directoryLimit: UInt64 = 16 << 20
    private static let endSize = 22
    private static let commentLimit = 65_535

    private struct Place {
        var entries: UInt64
        var byteCount: UInt64
        var offset: UInt64
    }

    static func entries(of input: any PlacedInput, file: String) throws(CompressionError) -> [ZipEntry] {
        let place = try place(in: input, file: file)
        guard place.entries <= UInt64(entryLimit), place.byteCount <= directoryLimit else {
            throw CompressionError.refused(
                file: file, reason: "a zip of \(place.entries) entries; at most \(entryLimit) are read")
        }
        guard place.offset <= input.byteCount, place.byteCount <= input.byteCount - place.offset else {
            throw damaged(file, "the directory lies outside of the file")
        }
        let bytes = try read(input, at: place.offset, count: Int(place.byteCount))
        var offset = 0
        var entries: [ZipEntry] = []
        for _ in 0..<place.entries {
            guard let (entry, size) = entry(in: bytes, at: offset) else {
                throw damaged(file, "entry \(entries.count + 1) of the directory cannot be read")
            }
            offset += size
            if !entry.name.hasSuffix("/") { entries.append(entry) }
        }
        return entries
    }

    /// Where an entry's packed bytes begin: behind its local head, whose extra field may differ from the directory's.
    static func contentOffset(
        of entry: ZipEntry, in input: any PlacedInput, file: String
    ) throws(CompressionError) -> UInt64 {
        guard entry.headOffset <= input.byteCount, input.byteCount - entry.headOffset >= 30 else {
            throw damaged(file, "an entry lies outside of the file")
        }
        let head = try read(input, at: entry.headOffset, count: 30)
        guard head.integer(at: 0, as: UInt32.self) == 0x0403_4B50 else { throw damaged(file, "an entry has no head") }
        let extra = UInt64(head.integer(at: 26, as: UInt16.self)) + UInt64(head.integer(at: 28, as: UInt16.self))
        let offset = entry.headOffset + 30 + extra
        guard offset <= input.byteCount, entry.packedByteCount <= input.byteCount - offset else {
            throw damaged(file, "an entry is cut off")
        }
        return offset
    }

    private static func damaged(_ file: String, _ detail: String) -> CompressionError {
        .damaged(file: file, form: .zip, detail: detail)
    }

    private static func read(
        _ input: any PlacedInput, at offset: UInt64, count: Int
    ) throws(CompressionError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var failure: CompressionError?
        unsafe bytes.withUnsafeMutableBytes { buffer in
            do throws(CompressionError) { unsafe try input.read(at: offset, into: buffer) } catch { failure = error }
        }
        if let failure { throw failure }
        return bytes
    }

    /// The end record stands last, before a comment of up to 65,535 bytes: searched from the back.
    private static func place(in input: any PlacedInput, file: String) throws(CompressionError) -> Place {
        let count = Int(min(input.byteCount, UInt64(endSize + commentLimit)))
        let start = input.byteCount - UInt64(count)
        let tail = try read(input, at: start, count: count)
        var offset = count - endSize
        while offset >= 0, tail.integer(at: offset, as: UInt32.self) != 0x0605_4B50 { offset -= 1 }
        guard offset >= 0 else { throw CompressionError.cutOff(file: file, form: .zip) }
        let place = Place(
            entries: UInt64(tail.integer(at: offset + 10, as: UInt16.self)),
            byteCount: UInt64(tail.integer(at: offset + 12, as: UInt32.self)),
            offset: UInt64(tail.integer(at: offset + 16, as: UInt32.self)))
        let isWide = place.entries == 0xFFFF || place.byteCount == 0xFFFF_FFFF || place.offset == 0xFFFF_FFFF
        guard isWide, offset >= 20, tail.integer(at: offset - 20, as: UInt32.self) == 0x0706_4B50 else { return place }
        let wide = tail.integer(at: offset - 12, as: UInt64.self)
        guard wide <= input.byteCount, input.byteCount - wide >= 56 else {
            throw damaged(file, "the 64-bit end record lies outside of the file")
        }
        let end = try read(input, at: wide, count: 56)
        guard end.integer(at: 0, as: UInt32.self) == 0x0606_4B50 else {
            throw damaged(file, "the 64-bit end record is missing")
        }
        return Place(
            entries: end.integer(at: 32, as: UInt64.self), byteCount: end.integer(at: 40, as: UInt64.self),
            offset: end.integer(at: 48, as: UInt64.self))
    }

    private static func entry(in bytes: [UInt8], at offset: Int) -> (ZipEntry, Int)? {
        guard bytes.count - offset >= 46, bytes.integer(at: offset, as: UInt32.self) == 0x0201_4B50 else { return nil }
        let nameLength = Int(bytes.integer(at: offset + 28, as: UInt16.self))
        let extraLength = Int(bytes.integer(at: offset + 30, as: UInt16.self))
        let size = 46 + nameLength + extraLength + Int(bytes.integer(at: offset + 32, as: UInt16.self))
        guard bytes.count - offset >= size else { return nil }
        let name = String(decoding: bytes[offset + 46..<offset + 46 + nameLength], as: UTF8.self)
        var unpacked = UInt64(bytes.integer(at: offset + 24, as: UInt32.self))
        var packed = UInt64(bytes.integer(at: offset + 20, as: UInt32.self))
        var head = UInt64(bytes.integer(at: offset + 42, as: UInt32.self))
        var field = offset + 46 + nameLength
        let end = field + extraLength
        // The 64-bit form holds, in this order, those values whose 32 bits are all ones.
        while end - field >= 4 {
            let length = Int(bytes.integer(at: field + 2, as: UInt16.self))
            var next = field + 4
            let limit = min(next + length, end)
            if bytes.integer(at: field, as: UInt16.self) == 1 {
                widen(&unpacked, in: bytes, at: &next, limit: limit)
                widen(&packed, in: bytes, at: &next, limit: limit)
                widen(&head, in: bytes, at: &next, limit: limit)
            }
            field += 4 + length
        }
        let entry = ZipEntry(
            name: name, byteCount: unpacked, packedByteCount: packed,
            checksum: bytes.integer(at: offset + 16, as: UInt32.self),
            method: bytes.integer(at: offset + 10, as: UInt16.self),
            isEncrypted: bytes.integer(at: offset + 8, as: UInt16.self) & 1 != 0, headOffset: head)
        return (entry, size)
    }

    private static func widen(_ value: inout UInt64, in bytes: [UInt8], at offset: inout Int, limit: Int) {
        guard value == 0xFFFF_FFFF, limit - offset >= 8 else { return }
        value = bytes.integer(at: offset, as: UInt64.self)
        offset += 8
    }
}
