import Foundation

/// A Python with the packages that a test wants: `MILLRACE_PYTHON`, else the `.venv` beside Package.swift.
enum PythonProgram {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static var path: String {
        ProcessInfo.processInfo.environment["MILLRACE_PYTHON"] ?? root.appending(path: ".venv/bin/python").path()
    }

    /// Whether the interpreter is there and can import the package.
    static func hasPackage(_ name: String) -> Bool {
        (try? run(["-c", "import \(name)"]))?.status == 0
    }

    /// Runs the interpreter to its end and returns its status and what it printed.
    static func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(filePath: path)
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

/// Compares a text with the file `Golden/NAME`; with `UPDATE_GOLDEN=1` in the environment the file is written instead.
enum Golden {
    static func text(_ name: String, orWrite text: String) throws -> String {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/\(name)")
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
            try Data(text.utf8).write(to: file)
        }
        return String(decoding: try Data(contentsOf: file), as: UTF8.self)
    }
}
