internal import Foundation
internal import Glibc
public import Journal
internal import Wire

/// The newest snapshots of a node's symbols, a file each: whole or absent, the last two of every symbol kept.
///
/// `write` blocks on the disk: it is called off the lanes, by one thread at a time for each symbol.
public struct SnapshotFolder: Sendable {
    /// The newest and the one before it: should the newest be damaged, less is played again than all.
    public static let kept = 2
    /// Bytes of a name that is written out; a longer one is cut and told apart by its hash. Files have 255.
    private static let nameLimit = 160
    private static let ending = ".snapshot"

    public let path: String

    public init(_ path: String) { self.path = path }

    /// What a symbol's newest whole snapshot is, and which files before it are damaged.
    public struct Found: Sendable {
        public let snapshot: Snapshot?
        public let damaged: [SnapshotError]
    }

    /// Writes a snapshot: when this returns it is on the disk under its name, and older ones but one are gone.
    public func write(_ snapshot: Snapshot) throws(SnapshotError) {
        let name = file(snapshot.symbol, snapshot.sequence)
        let unfinished = "\(path)/\(name).new"
        try SnapshotFolder.write(snapshot.file, to: unfinished)
        guard rename(unfinished, "\(path)/\(name)") == 0 else { throw SnapshotFolder.failure("rename", unfinished) }
        try SnapshotFolder.synchronize(path, flags: O_RDONLY | O_DIRECTORY)
        for old in try files(of: snapshot.symbol).dropFirst(SnapshotFolder.kept) {
            guard unlink("\(path)/\(old)") == 0 else { throw SnapshotFolder.failure("remove", "\(path)/\(old)") }
        }
    }

    /// The newest whole snapshot of a symbol; of another symbol or journal there may be some, but not under its name.
    public func newest(of symbol: String) throws(SnapshotError) -> Found {
        var damaged: [SnapshotError] = []
        for name in try files(of: symbol) {
            let file = "\(path)/\(name)"
            do throws(SnapshotError) {
                let snapshot = try Snapshot(file: try SnapshotFolder.read(file), path: file)
                guard snapshot.symbol == symbol else {
                    throw .damaged(path: file, problem: "it is of the symbol \(snapshot.symbol)")
                }
                return Found(snapshot: snapshot, damaged: damaged)
            } catch {
                damaged.append(error)
            }
        }
        return Found(snapshot: nil, damaged: damaged)
    }

    // MARK: Names

    /// A symbol's part of its files' names: percent-encoded, so that no name leaves the folder or is another's.
    static func name(of symbol: String) -> String {
        let encoded = PercentEncoding.encode(symbol)
        // A part of dots alone means a folder.
        let safe = encoded.replacingOccurrences(of: ".", with: "%2E")
        guard safe.utf8.count > nameLimit else { return safe }
        return String(decoding: safe.utf8.prefix(nameLimit), as: UTF8.self) + "~" + String(SettingsMark.of(symbol), radix: 16)
    }

    /// Numbers with all their digits, so that names sort as numbers do.
    private func file(_ symbol: String, _ sequence: UInt64) -> String {
        let digits = String(sequence)
        let number = String(repeating: "0", count: 20 - digits.count) + digits
        return "\(SnapshotFolder.name(of: symbol)).\(number)\(SnapshotFolder.ending)"
    }

    /// The finished files of a symbol, the newest first.
    private func files(of symbol: String) throws(SnapshotError) -> [String] {
        let start = SnapshotFolder.name(of: symbol) + "."
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: path)
        } catch {
            throw SnapshotFolder.failure("list", path)
        }
        return names.filter { name in
            name.hasPrefix(start) && name.hasSuffix(SnapshotFolder.ending)
                && name.utf8.count == start.utf8.count + 20 + SnapshotFolder.ending.utf8.count
        }.sorted(by: >)
    }

    // MARK: Files

    private static func failure(_ deed: String, _ path: String) -> SnapshotError {
        .system(deed, path: path, code: errno)
    }

    private static func write(_ bytes: [UInt8], to path: String) throws(SnapshotError) {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw failure("make", path) }
        defer { _ = close(file) }
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { source in
                unsafe Glibc.write(file, source.baseAddress?.advanced(by: written), source.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure("write", path) }
            written += count
        }
        guard fsync(file) == 0 else { throw failure("synchronize", path) }
    }

    private static func synchronize(_ path: String, flags: Int32) throws(SnapshotError) {
        let folder = open(path, flags | O_CLOEXEC)
        guard folder >= 0 else { throw failure("open", path) }
        defer { _ = close(folder) }
        guard fsync(folder) == 0 else { throw failure("synchronize", path) }
    }

    private static func read(_ path: String) throws(SnapshotError) -> [UInt8] {
        do {
            return try Array(Data(contentsOf: URL(filePath: path)))
        } catch {
            throw failure("read", path)
        }
    }
}
