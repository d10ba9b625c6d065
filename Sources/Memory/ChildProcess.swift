internal import CPlatform
internal import Glibc

/// A program that this process has started, in a group of its own: it is asked to end when the thread that started it
/// has ended, also where that was killed.
public struct ChildProcess: ~Copyable, Sendable {
    /// How it ended.
    public enum End: Equatable, Sendable {
        case status(Int32)
        case signal(Int32)
    }

    public let number: Int32

    /// Starts a program, with nothing to read. Both descriptors stay the caller's.
    ///
    /// - Parameter words: what it is called with, its own name not among them.
    public init(_ program: String, _ words: [String], output: Int32, errors: Int32) throws(FileError) {
        var child: Int32 = 0
        let reason = unsafe ChildProcess.withWords([program] + words) { words in
            unsafe platform_spawn(program, words, output, errors, &child)
        }
        guard reason == 0 else { throw FileError("start", program, code: reason) }
        number = child
    }

    private static func withWords(
        _ words: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Int32
    ) -> Int32 {
        let copies = unsafe words.map { unsafe strdup($0) } + [nil]
        defer { unsafe copies.forEach { unsafe free($0) } }
        return unsafe copies.withUnsafeBufferPointer { list in
            guard let first = list.baseAddress else { return EINVAL }
            return unsafe body(first)
        }
    }

    /// How it has ended; nil while it runs. To be asked until it tells, and not again.
    public func end() -> End? {
        var status: Int32 = 0
        return switch unsafe platform_end(number, &status) {
        case 0: nil
        case 1: .status(status)
        case _: .signal(status)
        }
    }

    public func send(_ signal: Int32) { _ = kill(number, signal) }
}

/// Two ends of what one process writes and another reads. Whoever makes it closes both.
public struct PipeEnds: Sendable {
    public let reading: Int32
    public let writing: Int32

    public init() throws(FileError) {
        var ends: [Int32] = [0, 0]
        let reason = unsafe ends.withUnsafeMutableBufferPointer { unsafe platform_pipe($0.baseAddress) }
        guard reason == 0 else { throw FileError("make", "a pipe", code: reason) }
        (reading, writing) = (ends[0], ends[1])
    }
}
