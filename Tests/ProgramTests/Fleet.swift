import Foundation
import TestPrograms

/// All processes of one topology at work; a killed one is started again, as whoever watches them would do.
final class Fleet {
    /// How long all of them together may take.
    static let patience = Duration.seconds(150)

    /// A process of the topology, `core` or `core.2`.
    struct Part {
        let name: String
        var arguments: [String] {
            let words = name.split(separator: ".").map(String.init)
            return ["--process", words[0]] + (words.count > 1 ? ["--shard", words[1]] : [])
        }
    }

    struct Failed: Error, CustomStringConvertible { let description: String }

    private let file: String
    private let folder: TestFolder
    private let parts: [Part]
    private var running: [String: BuiltProgram.Running] = [:]
    private var ended: Set<String> = []

    init(_ file: String, _ names: [String], in folder: TestFolder) throws {
        self.file = file
        self.folder = folder
        parts = names.map(Part.init)
        for part in parts { try start(part) }
    }

    private func digestFile(_ part: Part) -> String { folder.path("digest.\(part.name)") }

    private func start(_ part: Part) throws {
        ended.remove(part.name)
        running[part.name] = try BuiltProgram.Running(
            ["run", file, "--quiet", "--digest", digestFile(part)] + part.arguments)
    }

    /// Whether any of them is still at work.
    var isAtWork: Bool { running.values.contains { $0.isRunning } }

    /// Kills one of them at once and starts it again, and with it all that had come to their ends: it may need them.
    func kill(_ chance: inout SeededChance) throws {
        let victim = parts[chance.below(parts.count)]
        running[victim.name]?.signal(SIGKILL)
        _ = running[victim.name]?.finish(within: .seconds(10))
        for part in parts where part.name == victim.name || running[part.name]?.isRunning == false { try start(part) }
    }

    /// Waits until all have come to their ends; returns the digest over all of them.
    func digest() throws -> String {
        let clock = ContinuousClock()
        let deadline = clock.now + Fleet.patience
        while isAtWork {
            for part in parts {
                guard let program = running[part.name], !program.isRunning else { continue }
                let outcome = program.finish(within: .seconds(1))
                guard outcome.status == 0 else {
                    throw Failed(description: "\(part.name) ended with \(outcome.status): \(outcome.errors)")
                }
            }
            guard clock.now < deadline else {
                let late = parts.filter { running[$0.name]?.isRunning ?? false }.map(\.name)
                throw Failed(description: "still at work: \(late)")
            }
            usleep(10_000)
        }
        for part in parts {
            guard let outcome = running[part.name]?.finish(within: .seconds(1)), outcome.status != 0 else { continue }
            throw Failed(description: "\(part.name) ended with \(outcome.status): \(outcome.errors)")
        }
        return try Fleet.lines(of: parts.map(digestFile))
    }

    /// The lines of several digests together, without those over all.
    static func lines(of files: [String]) throws -> String {
        try files.flatMap { try String(contentsOfFile: $0, encoding: .utf8).split(separator: "\n") }
            .filter { !$0.hasPrefix("* ") }.sorted().joined(separator: "\n")
    }
}
