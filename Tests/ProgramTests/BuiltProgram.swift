import Foundation
import Glibc

/// The program as it was built beside the tests, run as a process of its own.
enum BuiltProgram {
    /// What a program said until its end.
    struct Outcome {
        let status: Int32
        let output: String
        let errors: String
    }

    /// The file of the executable: it lies beside the test bundle, which this process was started from.
    static let path: String = {
        let beside = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        let places = [beside] + Bundle.allBundles.map { $0.bundleURL.deletingLastPathComponent() }
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let all = places + ["debug", "release"].map { root.appending(path: ".build/\($0)") }
        return all.map { $0.appending(path: "millrace").path() }.first {
            FileManager.default.isExecutableFile(atPath: $0)
        } ?? "millrace"
    }()

    /// Runs the program to its end; one that takes longer than the limit is killed, and its status tells.
    static func run(_ arguments: [String], within limit: Duration = .seconds(60)) throws -> Outcome {
        let process = try Running(arguments)
        return process.finish(within: limit)
    }

    /// A program at work; killed when the test forgets it.
    final class Running {
        private let process = Process()
        private let folder: TestFolder
        let folderURL: URL

        init(_ arguments: [String]) throws {
            folder = try TestFolder()
            folderURL = folder.url
            process.executableURL = URL(filePath: BuiltProgram.path)
            process.arguments = arguments
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = try folder.writing("output")
            process.standardError = try folder.writing("errors")
            try process.run()
        }

        deinit {
            if process.isRunning { kill(process.processIdentifier, SIGKILL) }
            process.waitUntilExit()
        }

        var isRunning: Bool { process.isRunning }
        var output: String { folder.text("output") }
        var errors: String { folder.text("errors") }

        func signal(_ number: Int32) { kill(process.processIdentifier, number) }

        /// Waits until the condition holds; false when the limit passed first.
        func wait(until limit: Duration, _ condition: (Running) -> Bool) -> Bool {
            let deadline = ContinuousClock.now + limit
            while !condition(self) {
                guard ContinuousClock.now < deadline else { return false }
                usleep(10_000)
            }
            return true
        }

        func finish(within limit: Duration) -> Outcome {
            if !wait(until: limit, { !$0.isRunning }) { kill(process.processIdentifier, SIGKILL) }
            process.waitUntilExit()
            return Outcome(status: process.terminationStatus, output: output, errors: errors)
        }
    }
}

/// A new folder that goes with the test.
final class TestFolder {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "millrace-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appending(path: name).path() }

    /// Writes a file and returns its path.
    func file(_ name: String, _ content: String) throws -> String {
        try Data(content.utf8).write(to: url.appending(path: name))
        return path(name)
    }

    func writing(_ name: String) throws -> FileHandle {
        try Data().write(to: url.appending(path: name))
        return try FileHandle(forWritingTo: url.appending(path: name))
    }

    func text(_ name: String) -> String {
        String(decoding: (try? Data(contentsOf: url.appending(path: name))) ?? Data(), as: UTF8.self)
    }
}

/// A loopback port that was free a moment ago.
enum FreePort {
    static func next() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe bind(descriptor, generic, length) == 0 && getsockname(descriptor, generic, &length) == 0
            }
        }
        guard isBound else { throw POSIXError(.EADDRINUSE) }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}

/// Whether somebody listens on a loopback port.
enum TakenPort {
    static func isTaken(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe connect(descriptor, generic, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
