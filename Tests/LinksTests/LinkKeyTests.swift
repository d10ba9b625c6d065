import Foundation
import Graph
import Journal
import Rings
import TestPrograms
import Testing
import ZeroMQ

@testable import Engine
@testable import Links

/// A link beyond this machine: who has a listed key reads, who has none is told so by name.
@Suite struct `Links with keys` {
    private let folder: URL

    init() throws {
        folder = try RunningProgram.temporaryFolder()
        try FileManager.default.createDirectory(
            at: folder.appending(path: "clients"), withIntermediateDirectories: false)
        for name in ["feed", "clients/core", "stranger"] {
            try KeyFile.write(.make(), to: folder.appending(path: name).path())
        }
    }

    private func path(_ name: String) -> String { folder.appending(path: name).path() }

    private func keys(_ name: String) -> LinkKeys {
        LinkKeys(secret: path("\(name).secret"), publicKey: path("\(name).key"), clients: path("clients"))
    }

    private func link(_ keys: LinkKeys?) throws -> ProcessLink {
        var place = try AnswerSocket(in: Context(), limits: LinkLimits.questions)
        let address = try place.bind(to: "tcp://127.0.0.1:*")
        _ = try place.next()
        return ProcessLink(address: address, bind: address, keys: keys, connections: 8)
    }

    @Test func `who is listed reads everything, while others come and are told why they do not`() throws {
        let trial = try ServedTrial()
        trial.link = try link(keys("feed"))
        var named: Set<UInt32> = []
        try trial.append([1, 2, 3], named: &named)
        try trial.serve()
        let journal = try trial.open(keys: keys("clients/core"))
        var read = ReadEvents()
        try read.read(journal, upTo: 3, within: .seconds(20))
        for (name, reason) in [("stranger", "its key is on no list there"), (nil, "one of the two has keys")] {
            let keys = name.map { LinkKeys(secret: path("\($0).secret"), publicKey: nil, clients: nil) }
            let stranger = try trial.open(keys: keys)
            let error = #expect(throws: LinkRefused.self, "\(name ?? "none")") {
                let deadline = ContinuousClock.now + .seconds(20)
                while ContinuousClock.now < deadline, !stranger.isOpen { try stranger.wait(atMost: 5_000_000) }
            }
            #expect(error?.description.contains(reason) ?? false, "\(String(describing: error))")
            #expect(error?.description.contains(trial.link?.address ?? "?") ?? false)
            try trial.append([1, 2], named: &named)
            try read.read(journal, upTo: trial.writer.head, within: .seconds(20))
        }
        #expect(read.numbers == Array(1...7))
        trial.stop()
        let lines = trial.told.withLock { $0 }.joined(separator: "\n")
        #expect(lines.contains("link: turned away: ") && lines.contains("1 for an unknown key"), "\(lines)")
    }

    @Test func `who is taken from the list reads no further`() throws {
        let trial = try ServedTrial()
        trial.link = try link(keys("feed"))
        var named: Set<UInt32> = []
        try trial.append([1, 2, 3], named: &named)
        try trial.serve()
        let journal = try trial.open(keys: keys("clients/core"))
        var read = ReadEvents()
        try read.read(journal, upTo: 3, within: .seconds(20))
        try FileManager.default.removeItem(atPath: path("clients/core.key"))
        #expect(throws: LinkRefused.self) {
            let deadline = ContinuousClock.now + .seconds(20)
            while ContinuousClock.now < deadline { try journal.wait(atMost: 5_000_000) }
        }
    }

    @Test func `a secret that others may read is refused by its name`() throws {
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path("feed.secret"))
        let trial = try ServedTrial()
        trial.link = try link(keys("feed"))
        let error = #expect(throws: KeyFault.self) { try trial.serve() }
        #expect(error?.description.contains("feed.secret is secret, and others may read it") ?? false)
    }
}
