internal import Glibc

/// What the system refused to do with a file or a folder.
public struct FileError: Error, Equatable, Sendable {
    public let path: String
    /// What was tried, as a verb: `open`, `write`, `lock`.
    public let verb: String
    /// The system's number of the reason, its `errno`.
    public let code: Int32

    init(_ verb: String, _ path: String, code: Int32) {
        self.path = path
        self.verb = verb
        self.code = code
    }

    /// With the reason of the last failed call.
    init(_ verb: String, _ path: String) { self.init(verb, path, code: errno) }

    /// Whether there is no room left: on the device, in a quota, or within the limit of a file's size.
    public var isLackOfRoom: Bool { code == ENOSPC || code == EDQUOT || code == EFBIG }
    public var isAbsence: Bool { code == ENOENT }
    /// Whether another holds the lock.
    public var isHeldByAnother: Bool { code == EWOULDBLOCK }
}

extension FileError: CustomStringConvertible {
    public var description: String { "cannot \(verb) \(path): \(unsafe String(cString: strerror(code)))" }
}
