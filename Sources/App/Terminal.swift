internal import Foundation

/// Where the program speaks to a person.
enum Terminal {
    /// Writes to the error output, so that it does not mix with what a pipe reads.
    static func complain(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

    /// Writes to the error output without ending the line.
    static func write(error text: String) { FileHandle.standardError.write(Data(text.utf8)) }

    static func write(_ text: String) { FileHandle.standardOutput.write(Data(text.utf8)) }

    static var isInteractive: Bool { isatty(STDOUT_FILENO) == 1 }
    static var isErrorInteractive: Bool { isatty(STDERR_FILENO) == 1 }
}
