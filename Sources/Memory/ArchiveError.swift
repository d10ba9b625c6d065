/// Why bytes could not be restored.
public enum ArchiveError: Error, Equatable, Sendable {
    /// The bytes end before what they promise.
    case short(wanted: Int, left: Int, at: Int)
    /// Something stands there that no value looks like.
    case impossible(String, at: Int)
    /// More was written than is read back.
    case leftOver(Int, at: Int)
}

extension ArchiveError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .short(let wanted, let left, let place):
            "an archive ends early: \(wanted) bytes are wanted at byte \(place), and \(left) are left"
        case .impossible(let what, let place): "an archive cannot be read at byte \(place): \(what)"
        case .leftOver(let count, let place): "an archive holds \(count) bytes too many at byte \(place)"
        }
    }
}
