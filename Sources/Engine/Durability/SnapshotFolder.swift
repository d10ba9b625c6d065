internal import Memory
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
        try SnapshotFolder.asking { () throws(FileError) in
            try WholeFile.write(snapshot.file, named: name, in: path)
        }
        for old in try files(of: snapshot.symbol).dropFirst(SnapshotFolder.kept) {
            try SnapshotFolder.asking { () throws(FileError) in try StoredFolder.remove("\(path)/\(old)") }
        }
    }

    /// The newest whole snapshot of a symbol that `isUsable` accepts.
    public func newest(
        of symbol: String, where isUsable: (Snapshot) -> Bool
    ) throws(SnapshotError) -> Found {
        var damaged: [SnapshotError] = []
        for name in try files(of: symbol) {
            let file = "\(path)/\(name)"
            do throws(SnapshotError) {
                let snapshot = try Snapshot(
                    file: try SnapshotFolder.asking { () throws(FileError) in try WholeFile.read(file) },
                    path: file)
                guard snapshot.symbol == symbol else {
                    throw .damaged(path: file, problem: "it is of the symbol \(snapshot.symbol)")
                }
                if isUsable(snapshot) { return Found(snapshot: snapshot, damaged: damaged) }
            } catch {
                damaged.append(error)
            }
        }
        return Found(snapshot: nil, damaged: damaged)
    }

    /// Gives a symbol's snapshots to another folder.
    func move(_ symbol: String, to other: SnapshotFolder) throws(SnapshotError) {
        for name in try files(of: symbol) {
            try SnapshotFolder.asking { () throws(FileError) in
                try StoredFolder.rename("\(path)/\(name)", to: "\(other.path)/\(name)")
            }
        }
    }

    /// Removes all snapshots.
    func clear() throws(SnapshotError) {
        let names = try SnapshotFolder.asking { () throws(FileError) in try StoredFolder.names(in: path) }
        for name in names where name.hasSuffix(SnapshotFolder.ending) {
            try SnapshotFolder.asking { () throws(FileError) in try StoredFolder.remove("\(path)/\(name)") }
        }
    }

    // MARK: Names

    /// A symbol's part of its files' names: percent-encoded, so that no name leaves the folder or is another's.
    static func name(of symbol: String) -> String {
        let encoded = PercentEncoding.encode(symbol)
        // A part of dots alone means a folder.
        let safe = encoded.split(separator: ".", omittingEmptySubsequences: false).joined(separator: "%2E")
        guard safe.utf8.count > nameLimit else { return safe }
        let hash = String(SettingsMark.of(symbol), radix: 16)
        return String(decoding: safe.utf8.prefix(nameLimit), as: UTF8.self) + "~" + hash
    }

    /// Numbers with all their digits, so that names sort as numbers do.
    private func file(_ symbol: String, _ sequence: UInt64) -> String {
        let digits = String(sequence)
        let number = String(repeating: "0", count: 20 - digits.count) + digits
        return "\(SnapshotFolder.name(of: symbol)).\(number)\(SnapshotFolder.ending)"
    }

    /// The finished files of a symbol, the newest first.
    private func files(of symbol: String) throws(SnapshotError) -> [String] {
        guard StoredFolder.exists(path) else { return [] }
        let start = SnapshotFolder.name(of: symbol) + "."
        let names = try SnapshotFolder.asking { () throws(FileError) in try StoredFolder.names(in: path) }
        return names.filter { name in
            name.hasPrefix(start) && name.hasSuffix(SnapshotFolder.ending)
                && name.utf8.count == start.utf8.count + 20 + SnapshotFolder.ending.utf8.count
        }.sorted(by: >)
    }

    private static func asking<Result>(
        _ system: () throws(FileError) -> Result
    ) throws(SnapshotError) -> Result {
        do throws(FileError) { return try system() } catch { throw .system(error) }
    }
}
