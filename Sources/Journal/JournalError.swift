public import Memory

/// Why a journal cannot be written or read.
public enum JournalError: Error, Equatable, Sendable {
    /// There is no journal in the folder.
    case missing(folder: String)
    case notAJournal(path: String, reason: String)
    /// An archive is restored only into an empty folder.
    case notEmpty(folder: String)
    /// Written by a later version of the program.
    case newerVersion(path: String, version: Int, known: Int)
    case wrongContent(folder: String, expected: JournalContent, found: JournalContent)
    /// Another writer has it; the number of its process where that is known.
    case locked(folder: String, process: Int32?)
    case damaged(JournalDamage)
    /// There was no room; nothing of the batch is in the journal, and the writer can be used again.
    case full(path: String, reason: String)
    case tooLarge(what: String, byteCount: Int, limit: Int)
    /// The place that was asked for has been trimmed away.
    case trimmed(oldest: UInt64)
    /// The place that was asked for is behind the journal's end.
    case ahead(head: UInt64)
    /// An earlier failure left the file in an unknown state: the journal must be opened anew.
    case unusable(folder: String)
    case system(FileError)
}

/// Where a journal's bytes are not what was written.
public struct JournalDamage: Error, Hashable, Sendable {
    /// The segment's path.
    public let file: String
    public let offset: Int
    /// The last position before the damage.
    public let position: UInt64
    public let reason: String

    public init(file: String, offset: Int, position: UInt64, reason: String) {
        self.file = file
        self.offset = offset
        self.position = position
        self.reason = reason
    }
}

/// What the opening of a journal for writing had to cut away: the end of a batch that was never whole.
public struct JournalRepair: Hashable, Sendable {
    /// The segment's path.
    public let file: String
    /// Where it ends now.
    public let offset: Int
    public let removedBytes: Int
    /// Whole batches among them, behind the broken one: a crash of the machine had left a hole in what was not synced.
    public let removedBatches: Int
    /// The last position that is left.
    public let position: UInt64
    public let reason: String
}

extension JournalDamage: CustomStringConvertible {
    public var description: String {
        "\(file) is damaged at byte \(offset), behind position \(position): \(reason)"
    }
}

extension JournalRepair: CustomStringConvertible {
    public var description: String {
        let batches = removedBatches > 0 ? ", \(removedBatches) whole batches among them" : ""
        return "\(file) was cut at byte \(offset), behind position \(position): \(reason); "
            + "\(removedBytes) bytes removed\(batches)"
    }
}

extension JournalError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .missing(let folder): "there is no journal in \(folder)"
        case .notAJournal(let path, let reason): "\(path) is no journal: \(reason)"
        case .notEmpty(let folder): "\(folder) is not empty"
        case .newerVersion(let path, let version, let known):
            "\(path) has version \(version); this program knows up to \(known)"
        case .wrongContent(let folder, let expected, let found):
            "the journal in \(folder) holds \(found), not \(expected)"
        case .locked(let folder, let process):
            "the journal in \(folder) is being written by " + (process.map { "process \($0)" } ?? "another process")
        case .damaged(let damage): damage.description
        case .full(let path, let reason): "no room for \(path): \(reason)"
        case .tooLarge(let what, let byteCount, let limit):
            "\(what) of \(byteCount) bytes is too large; the limit is \(limit)"
        case .trimmed(let oldest): "that place has been trimmed away; the oldest position left is \(oldest)"
        case .ahead(let head): "that place is behind the journal's end, position \(head)"
        case .unusable(let folder):
            "the journal in \(folder) must be opened anew: an earlier write failed and could not be taken back"
        case .system(let error): error.description
        }
    }
}
