internal import Foundation
internal import Rings
internal import Sinks

/// Where the program speaks to a person.
enum Terminal {
    /// The standard output cannot be written: a full disk, a closed pipe.
    struct OutputError: Error, CustomStringConvertible {
        let reason: String
        var description: String { "cannot write the output: \(reason)" }
    }

    /// Writes to the error output, so that it does not mix with what a pipe reads. Where that fails there is nobody
    /// left to tell.
    static func complain(_ text: String) { write(error: text + "\n") }

    /// Writes to the error output without ending the line.
    static func write(error text: String) { try? FileHandle.standardError.write(contentsOf: Data(text.utf8)) }

    /// Writes all of a text to the standard output.
    static func write(_ text: String) throws(OutputError) {
        do { try FileHandle.standardOutput.write(contentsOf: Data(text.utf8)) } catch {
            throw OutputError(reason: SystemReason.text(of: error))
        }
    }

    static var isInteractive: Bool { isatty(STDOUT_FILENO) == 1 }
    static var isErrorInteractive: Bool { isatty(STDERR_FILENO) == 1 }

    /// The standard output as a console draws on it.
    static let screen = ConsoleOutput(write: { try Terminal.write($0) }, window: { Terminal.window })

    /// The window of the standard output; nil where that is no terminal. One that does not tell its size has 80 × 24.
    private static var window: ConsoleWindow? {
        guard isInteractive else { return nil }
        guard let size = Seat.windowSize(behind: STDOUT_FILENO) else { return ConsoleWindow(columns: 80, rows: 24) }
        return ConsoleWindow(columns: size.columns, rows: size.rows)
    }

    /// What makes the cursor visible again, for an end that asks nobody.
    static func restore() { if isInteractive { try? write("\u{1B}[?25h\n") } }
}
