/// Why a file of keys cannot be used or written. It names the file and never what stands in it.
public enum KeyFault: Error, Equatable, Sendable {
    case unreadable(path: String, reason: String)
    case unwritable(path: String, reason: String)
    /// A file of that name is there already; keys are never overwritten.
    case exists(path: String)
    /// The file holds no key where one belongs.
    case noKey(path: String, wanted: String)
    /// Others than its owner may read a secret; `mode` is the file's, as `chmod` writes it.
    case readableByOthers(path: String, mode: UInt32)
    /// The public key in the file does not belong to the secret one.
    case halvesDiffer(path: String)
    /// More clients than an allow-list may hold.
    case tooManyClients(path: String, limit: Int)
}

extension KeyFault: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unreadable(let path, let reason): "\(path) cannot be read: \(reason)"
        case .unwritable(let path, let reason): "\(path) cannot be written: \(reason)"
        case .exists(let path): "\(path) is there already, and keys are not overwritten"
        case .noKey(let path, let wanted): "\(path) holds no \(wanted) key"
        case .readableByOthers(let path, let mode):
            "\(path) is secret, and others may read it (mode \(String(mode, radix: 8))): chmod 600 \(path)"
        case .halvesDiffer(let path): "\(path): the public key does not belong to the secret one"
        case .tooManyClients(let path, let limit): "\(path) names more than \(limit) clients"
        }
    }
}
