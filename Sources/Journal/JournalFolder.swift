internal import Memory

/// The names in a journal's folder.
struct JournalFolder: Sendable {
    let path: String

    init(_ path: String) { self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path }

    var lockFile: String { "\(path)/writer.lock" }
    func segment(_ first: UInt64) -> String { "\(path)/\(Self.name(first)).mrj" }
    func index(_ first: UInt64) -> String { "\(path)/\(Self.name(first)).mri" }
    /// A segment that is being made; it gets its own name once its definitions are in it.
    func unfinished(_ first: UInt64) -> String { "\(path)/\(Self.name(first)).new" }

    /// Twenty digits, so that names sort as positions do.
    private static func name(_ first: UInt64) -> String {
        let digits = String(first)
        return String(repeating: "0", count: 20 - digits.count) + digits
    }

    /// The positions that segments begin with, rising.
    func segments() throws(JournalError) -> [UInt64] {
        do throws(FileError) {
            return try StoredFolder.names(in: path).compactMap { Self.first(of: $0, ending: ".mrj") }.sorted()
        } catch {
            throw error.isAbsence ? JournalError.missing(folder: path) : .system(error)
        }
    }

    /// Segments whose making was broken off.
    func unfinished() throws(FileError) -> [String] {
        try StoredFolder.names(in: path).filter { Self.first(of: $0, ending: ".new") != nil }.map { "\(path)/\($0)" }
    }

    private static func first(of name: String, ending: String) -> UInt64? {
        guard name.utf8.count == 20 + ending.utf8.count, name.hasSuffix(ending) else { return nil }
        let digits = name.dropLast(ending.count)
        guard digits.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }), let first = UInt64(digits), first > 0 else {
            return nil
        }
        return first
    }

    /// The number that a writer's lock file holds; nil where it cannot be read.
    func lockingProcess() -> Int32? {
        guard let file = try? StoredFile(lockFile, for: .reading) else { return nil }
        var window = FileWindow(capacity: 64)
        guard let count = try? window.fill(from: file, at: 0, wanted: 0) else { return nil }
        let text = window.withBytes(at: 0, count: count) { String(decoding: $0.array, as: UTF8.self) }
        return Int32(text.prefix { $0.isNumber })
    }
}
