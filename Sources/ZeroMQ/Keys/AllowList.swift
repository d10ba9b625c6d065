internal import Glibc

/// The clients that may come in, by their public keys: a folder of `NAME.key` files, or a file with a line
/// `KEY NAME` for each.
public struct AllowList: Sendable {
    /// Far more clients than one endpoint serves; a folder that is not ours ends here.
    public static let clientLimit = 10_000

    /// What a folder or a file looked like when it was read.
    private struct Mark: Equatable {
        let name: String
        let inode: UInt64
        let seconds: Int
        let nanoseconds: Int
        let size: Int
    }

    public let path: String
    /// Each key's client.
    public private(set) var clients: [PublicKey: String] = [:]
    /// What could not be used of it, by name.
    public private(set) var faults: [KeyFault] = []
    private var marks: [Mark] = []

    /// - Throws: `KeyFault` where nothing of that path can be read; single files that hold no key are `faults`.
    public init(at path: String) throws(KeyFault) {
        self.path = path
        marks = try AllowList.marks(of: path)
        try load()
    }

    /// Reads it again if it has changed; true then. A list that has gone admits nobody.
    public mutating func refresh() -> Bool {
        do throws(KeyFault) {
            let now = try AllowList.marks(of: path)
            guard now != marks else { return false }
            marks = now
            try load()
        } catch {
            guard !(clients.isEmpty && faults == [error]) else { return false }
            (clients, faults, marks) = ([:], [error], [])
        }
        return true
    }

    private mutating func load() throws(KeyFault) {
        (clients, faults) = ([:], [])
        if AllowList.isFolder(path) { readFolder() } else { try readLines() }
        guard clients.count <= AllowList.clientLimit else {
            throw .tooManyClients(path: path, limit: AllowList.clientLimit)
        }
    }

    private mutating func readFolder() {
        for name in marks.map(\.name) {
            do throws(KeyFault) {
                clients[try KeyFile.publicKey(at: "\(path)/\(name)")] = String(
                    name.dropLast(KeyFile.publicEnding.count))
            } catch { faults.append(error) }
        }
    }

    private mutating func readLines() throws(KeyFault) {
        let lines = try KeyFile.read(path, isSecret: false).split(
            omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (index, line) in lines.enumerated() {
            let words = line.split(maxSplits: 1, whereSeparator: \.isWhitespace)
            // `#` begins a comment where a blank follows; it also is a character of keys.
            guard let first = words.first, first.count == 40 || !first.hasPrefix("#") else { continue }
            guard let key = PublicKey(String(first)) else {
                faults.append(.noKey(path: "\(path), line \(index + 1)", wanted: "public"))
                continue
            }
            clients[key] = words.count > 1 ? words[1].trimmed : "client \(clients.count + 1)"
        }
    }

    // MARK: What stands on the disk

    private static func isFolder(_ path: String) -> Bool {
        var facts = stat()
        return unsafe stat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFDIR
    }

    /// The file itself, or the files of keys in the folder, sorted.
    private static func marks(of path: String) throws(KeyFault) -> [Mark] {
        guard isFolder(path) else {
            guard let mark = mark(path, named: path) else {
                throw .unreadable(path: path, reason: KeyFile.reason())
            }
            return [mark]
        }
        guard let folder = unsafe opendir(path) else { throw .unreadable(path: path, reason: KeyFile.reason()) }
        defer { unsafe closedir(folder) }
        var marks: [Mark] = []
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard name.hasSuffix(KeyFile.publicEnding), !name.hasPrefix(".") else { continue }
            guard let mark = mark("\(path)/\(name)", named: name) else { continue }
            marks.append(mark)
            guard marks.count <= clientLimit else { throw .tooManyClients(path: path, limit: clientLimit) }
        }
        return marks.sorted { $0.name < $1.name }
    }

    private static func mark(_ path: String, named name: String) -> Mark? {
        var facts = stat()
        guard unsafe stat(path, &facts) == 0 else { return nil }
        return Mark(
            name: name, inode: UInt64(facts.st_ino), seconds: facts.st_mtim.tv_sec,
            nanoseconds: facts.st_mtim.tv_nsec, size: Int(facts.st_size))
    }
}

extension Substring {
    /// Without blanks at its ends.
    fileprivate var trimmed: String {
        var text = drop { $0.isWhitespace }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
