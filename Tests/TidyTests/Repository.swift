import Foundation

/// The project's own files, found from where this one lies.
enum Repository {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Folders that hold nothing of the project's own text.
    private static let ignored: Set<String> = [".build", ".venv", ".git", ".swiftpm", "data", "__pycache__"]

    /// All files under a folder whose names end so, as paths from the root, sorted.
    static func files(under folder: String, ending: String) -> [String] {
        let base = folder.isEmpty ? root : root.appending(path: folder)
        guard let walk = FileManager.default.enumerator(at: base, includingPropertiesForKeys: [.isDirectoryKey]) else {
            return []
        }
        var found: [String] = []
        for case let file as URL in walk {
            if ignored.contains(file.lastPathComponent) {
                walk.skipDescendants()
            } else if file.lastPathComponent.hasSuffix(ending) {
                found.append(String(file.path().dropFirst(root.path().count)))
            }
        }
        return found.sorted()
    }

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appending(path: path).path())
    }

    /// Every Swift file of the product, its tests, benchmarks and examples; read once.
    private static let swift = Result {
        try ["Sources", "Tests", "Benchmarks", "docs"].flatMap { files(under: $0, ending: ".swift") }.map {
            SwiftFile($0, try text($0))
        }
    }

    /// The Swift files under some folders, or all.
    static func swiftFiles(under folders: [String] = [""]) throws -> [SwiftFile] {
        try swift.get().filter { file in folders.contains { file.path.hasPrefix($0) } }
    }

    /// The program that these tests were built with: it lies beside them.
    static let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        .appending(path: "millrace").path()

    /// Runs the program to its end; its status and what it printed, errors included.
    static func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
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

/// A place in a file and what is wrong there.
struct Finding: CustomStringConvertible {
    let path: String
    /// From 1; 0 for the file as a whole.
    let line: Int
    let text: String

    var description: String { "\(path):\(line): \(text)" }

    /// Findings as one text, one to a line.
    static func list(_ findings: [Finding]) -> String { "\n" + findings.map(\.description).joined(separator: "\n") }
}
