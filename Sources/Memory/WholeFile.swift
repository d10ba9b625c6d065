internal import Glibc

/// Something that the system refused to do with a file.
public struct WholeFileError: Error, Equatable, Sendable, CustomStringConvertible {
    public let deed: String
    public let path: String
    /// The system's number for why.
    public let code: Int32

    public var description: String { "cannot \(deed) \(path): \(unsafe String(cString: strerror(code)))" }

    /// What just failed on this thread.
    static func last(_ deed: String, _ path: String) -> WholeFileError {
        WholeFileError(deed: deed, path: path, code: errno)
    }
}

/// A file that is written whole or not at all, and survives a loss of power once it is.
public enum WholeFile {
    /// Files larger than this are not read: whatever they are, they are none of ours.
    public static let limit = 1 << 30

    /// Writes beside it, makes that durable, and only then gives it its name; an older file of the name is replaced.
    public static func write(_ bytes: [UInt8], named name: String, in folder: String) throws(WholeFileError) {
        let (path, unfinished) = ("\(folder)/\(name)", "\(folder)/\(name).new")
        do throws(WholeFileError) {
            try fill(unfinished, bytes)
            guard unsafe rename(unfinished, path) == 0 else { throw .last("rename", unfinished) }
        } catch {
            _ = unsafe unlink(unfinished)
            throw error
        }
        try synchronize(folder)
    }

    public static func remove(_ path: String) throws(WholeFileError) {
        guard unsafe unlink(path) == 0 || errno == ENOENT else { throw .last("remove", path) }
    }

    public static func read(_ path: String) throws(WholeFileError) -> [UInt8] {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw .last("open", path) }
        defer { _ = close(file) }
        let size = lseek(file, 0, SEEK_END)
        guard size >= 0, size <= limit, lseek(file, 0, SEEK_SET) == 0 else { throw .last("measure", path) }
        var bytes = [UInt8](repeating: 0, count: Int(size))
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes.withUnsafeMutableBytes { target in
                unsafe Glibc.read(file, target.baseAddress?.advanced(by: done), target.count - done)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .last("read", path) }
            // It became shorter meanwhile.
            guard count > 0 else { return Array(bytes.prefix(done)) }
            done += count
        }
        return bytes
    }

    private static func fill(_ path: String, _ bytes: [UInt8]) throws(WholeFileError) {
        let file = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw .last("make", path) }
        defer { _ = close(file) }
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { source in
                unsafe Glibc.write(file, source.baseAddress?.advanced(by: done), source.count - done)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .last("write", path) }
            done += count
        }
        guard fsync(file) == 0 else { throw .last("synchronize", path) }
    }

    /// A new name lasts once its folder does.
    private static func synchronize(_ path: String) throws(WholeFileError) {
        let folder = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw .last("open", path) }
        defer { _ = close(folder) }
        guard fsync(folder) == 0 else { throw .last("synchronize", path) }
    }

    /// The names in a folder, in no order; without those of the folder itself and of the one above.
    public static func names(in path: String) throws(WholeFileError) -> [String] {
        guard let folder = unsafe opendir(path) else { throw .last("list", path) }
        defer { _ = unsafe closedir(folder) }
        var names: [String] = []
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
