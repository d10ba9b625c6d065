internal import Glibc

/// A file that is written and read in one piece: it is there whole or not at all, also behind a loss of power.
///
/// One that is written at places and stays open is a `StoredFile`; names in folders are `StoredFolder`'s.
public enum WholeFile {
    /// Files larger than this are not read: whatever they are, they are none of ours.
    public static let limit = 1 << 30

    /// Writes beside it, makes that durable, and only then gives it its name; an older file of the name is replaced.
    public static func write(_ bytes: [UInt8], named name: String, in folder: String) throws(FileError) {
        let (path, unfinished) = ("\(folder)/\(name)", "\(folder)/\(name).new")
        do throws(FileError) {
            try StoredFolder.remove(unfinished)
            let file = try StoredFile(unfinished, for: .making)
            try bytes.withRawSpan { (span) throws(FileError) in try file.write(span, at: 0) }
            try file.sync()
            try StoredFolder.rename(unfinished, to: path)
        } catch {
            try? StoredFolder.remove(unfinished)
            throw error
        }
        // A new name lasts once its folder does.
        try StoredFolder.sync(folder)
    }

    /// Reads a file to its end; one that becomes shorter meanwhile, as far as it goes.
    public static func read(_ path: String) throws(FileError) -> [UInt8] {
        let file = try StoredFile(path, for: .reading)
        let size = try file.byteCount
        guard size <= limit else { throw FileError("read", path, code: EFBIG) }
        var window = FileWindow(capacity: max(size, 1))
        let count = try window.fill(from: file, at: 0, wanted: size)
        return window.withBytes(at: 0, count: count) { $0.array }
    }
}
