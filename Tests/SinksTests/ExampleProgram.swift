import Foundation
import TestPrograms
import Testing

/// A subscriber of docs/examples, ready to be run with the options of all of them.
enum ExampleProgram: String, CaseIterable, Sendable {
    case python = "Python"
    case c = "C"
    case swift = "Swift"

    static let folder = PythonProgram.root.appending(path: "docs/examples")
    private static let compiler = "/usr/bin/cc"

    /// Those that this machine can run, and why the others cannot be.
    static var runnable: [ExampleProgram] { allCases.filter(\.isRunnable) }
    static let needs: Comment = "needs Python's package pyzmq, see Tests/requirements.txt, and a C compiler"

    var isRunnable: Bool {
        switch self {
        case .python: PythonProgram.hasPackage("zmq")
        case .c: FileManager.default.isExecutableFile(atPath: Self.compiler)
        case .swift: true
        }
    }

    /// Starts it.
    /// - Parameter folder: where it may be built.
    func start(_ arguments: [String], in folder: URL) throws -> RunningProgram {
        switch self {
        case .python:
            let script = Self.folder.appending(path: "python/subscribe.py").path()
            return try RunningProgram(PythonProgram.path, [script] + arguments)
        case .c:
            let program = folder.appending(path: "subscribe").path()
            try build(program)
            return try RunningProgram(program, arguments)
        case .swift:
            let own = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            return try RunningProgram(own.appending(path: "ExampleSubscriber").path(), arguments)
        }
    }

    private func build(_ program: String) throws {
        guard !FileManager.default.fileExists(atPath: program) else { return }
        let source = Self.folder.appending(path: "c/subscribe.c").path()
        let build = try PythonProgram.finish(
            Self.compiler, ["-std=c11", "-O1", "-Wall", "-Wextra", "-Werror", "-o", program, source, "-lzmq"])
        try #require(build.status == 0, "\(build.output)")
    }
}
