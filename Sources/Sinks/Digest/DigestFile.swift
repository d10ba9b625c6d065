internal import Foundation

/// The file that a digest goes to.
public struct DigestFile: Sendable {
    /// The file cannot be written; `reason` is the system's own text.
    public struct Failure: Error, CustomStringConvertible {
        public let path: String
        public let reason: String
        public var description: String { "cannot write the digest to \(path): \(reason)" }
    }

    private let path: String

    /// The file is made at once, so that a forbidden place is known before the run and not after it.
    public init(path: String) throws(Failure) {
        self.path = path
        try write("")
    }

    public func write(_ text: String) throws(Failure) {
        do { try Data(text.utf8).write(to: URL(fileURLWithPath: path)) } catch {
            throw Failure(path: path, reason: SystemReason.text(of: error))
        }
    }
}

/// The system's own text for why a file could not be read or written.
public enum SystemReason {
    private static let preamble = "The operation could not be completed. "

    /// `No space left on device`, where Foundation knows what the system said; else Foundation's own words.
    public static func text(of error: any Error) -> String {
        let outer = error as NSError
        guard let inner = outer.userInfo[NSUnderlyingErrorKey] as? any Error else { return outer.localizedDescription }
        let text = (inner as NSError).localizedDescription
        return text.hasPrefix(preamble) ? String(text.dropFirst(preamble.count)) : text
    }
}
