public import Foundation

/// A Python with the packages that a test wants: `MILLRACE_PYTHON`, else the `.venv` beside Package.swift.
public enum PythonProgram {
    /// The package's top folder.
    public static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    public static var path: String {
        ProcessInfo.processInfo.environment["MILLRACE_PYTHON"] ?? root.appending(path: ".venv/bin/python").path()
    }

    /// Whether the interpreter is there and can import the package.
    public static func hasPackage(_ name: String) -> Bool {
        (try? finish(path, ["-c", "import \(name)"]))?.status == 0
    }

    /// Runs a program to its end and returns its status and what it printed, errors included.
    public static func finish(_ program: String, _ arguments: [String]) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text)
    }
}
