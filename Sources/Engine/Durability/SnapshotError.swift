public import Memory

/// Why a snapshot could not be written or read.
public enum SnapshotError: Error, Equatable, Sendable {
    case system(FileError)
    /// A file that is no whole snapshot, and what is wrong with it.
    case damaged(path: String, problem: String)
    /// What a snapshot holds of a state cannot be restored.
    case archive(path: String, ArchiveError)
}

extension SnapshotError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .system(let error): error.description
        case .damaged(let path, let problem): "\(path) is no whole snapshot: \(problem)"
        case .archive(let path, let error): "\(path) cannot be restored: \(error)"
        }
    }
}
