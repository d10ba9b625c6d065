import Foundation
import Testing

/// The program at work: how it ends, what it counts, and that its output does not depend on how it was cut.
@Suite struct `A run` {
    /// Linux's `F_SETPIPE_SZ`, which Glibc's module leaves out.
    private static let setPipeSize: Int32 = 1_031

    private let folder: TestFolder

    init() throws { folder = try TestFolder() }

    @Test func `a run for a second ends by itself`() throws {
        let file = try folder.file("t.json", Topologies.endless)
        let start = ContinuousClock.now
        let outcome = try BuiltProgram.run(["run", file, "--for", "1s"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect((.seconds(1) ..< .seconds(10)).contains(ContinuousClock.now - start))
        try expectWholeCounts(outcome.errors)
    }

    @Test func `a termination drains, counts and exits 0`() throws {
        for number in [SIGTERM, SIGINT] {
            let run = try BuiltProgram.Running(["run", try folder.file("t.json", Topologies.endless)])
            #expect(run.wait(until: .seconds(20)) { $0.output.contains("candle/1s/") })
            run.signal(number)
            let outcome = run.finish(within: .seconds(10))
            #expect(outcome.status == 0, "\(outcome.errors)")
            try expectWholeCounts(outcome.errors)
        }
    }

    @Test func `a request ends the wait for subscribers`() throws {
        let port = try FreePort.next()
        let waiting = Topologies.market(
            events: 100, nodes: Topologies.publishing("public", port: port, encoding: "json", waiting: true),
            edges: #"{ "from": "flow", "to": "public" }"#)
        let run = try BuiltProgram.Running(["run", try folder.file("t.json", waiting)])
        #expect(run.wait(until: .seconds(20)) { _ in TakenPort.isTaken(port) })
        run.signal(SIGTERM)
        #expect(run.finish(within: .seconds(5)).status == 0)
    }

    /// A console whose reader does not read cannot end: the first request waits for it, the second does not.
    @Test func `a second request ends at once`() throws {
        let pipe = Pipe()
        #expect(fcntl(pipe.fileHandleForWriting.fileDescriptor, Self.setPipeSize, 4_096) == 4_096)
        let process = Process()
        process.executableURL = URL(filePath: BuiltProgram.path)
        process.arguments = ["run", try folder.file("t.json", Topologies.endless)]
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        defer { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
        usleep(8_000_000)
        kill(process.processIdentifier, SIGTERM)
        usleep(500_000)
        #expect(process.isRunning)
        kill(process.processIdentifier, SIGTERM)
        usleep(500_000)
        try #require(!process.isRunning)
        #expect(process.terminationStatus == 128 + SIGTERM)
    }

    @Test func `a port in use is an error before anything starts`() throws {
        let port = try FreePort.next()
        let text = Topologies.market(
            events: 1_000_000_000, nodes: Topologies.publishing("public", port: port, encoding: "json", waiting: false),
            edges: #"{ "from": "flow", "to": "public" }"#)
        let file = try folder.file("t.json", text)
        let first = try BuiltProgram.Running(["run", file])
        #expect(first.wait(until: .seconds(20)) { _ in TakenPort.isTaken(port) })
        let second = try BuiltProgram.run(["run", file], within: .seconds(10))
        #expect(second.status == 1)
        #expect(second.errors.contains("tcp://127.0.0.1:\(port) is in use"), "\(second.errors)")
        first.signal(SIGTERM)
        #expect(first.finish(within: .seconds(20)).status == 0)
    }

    @Test func `the digest is the same for any lanes and any batch`() throws {
        let file = try folder.file("t.json", Topologies.quietMarket(events: 200_000))
        var digests: [String] = []
        for (lanes, batch) in [(1, 64), (1, 64), (2, 64), (4, 64), (1, 1), (1, 1_024), (4, 1_024)] {
            let path = folder.path("digest-\(digests.count)")
            let outcome = try BuiltProgram.run(
                ["run", file, "--lanes", "\(lanes)", "--batch", "\(batch)", "--digest", path], within: .seconds(120))
            #expect(outcome.status == 0, "\(outcome.errors)")
            try expectWholeCounts(outcome.errors)
            digests.append(folder.text("digest-\(digests.count)"))
        }
        let first = try #require(digests.first)
        #expect(first.split(separator: "\n").count == 221)
        for digest in digests { #expect(digest == first) }
    }

    @Test func `the digest is the same at any speed`() throws {
        let text = Topologies.quietMarket(events: 20_000)
        let paced = text.replacing("\"speed\": \"max\"", with: "\"speed\": \"20\"")
        try #require(paced != text)
        var digests: [String] = []
        for (name, topology) in [("max", text), ("paced", paced)] {
            let path = folder.path("digest-\(name)")
            let file = try folder.file("\(name).json", topology)
            let outcome = try BuiltProgram.run(["run", file, "--digest", path], within: .seconds(60))
            #expect(outcome.status == 0, "\(outcome.errors)")
            digests.append(folder.text("digest-\(name)"))
        }
        #expect(digests[0] == digests[1] && digests[0].contains("* "))
    }

    @Test func `a full disk for the digest is an error with its reason`() throws {
        let file = try folder.file("t.json", Topologies.quietMarket(events: 1_000))
        let outcome = try BuiltProgram.run(["run", file, "--digest", "/dev/full"], within: .seconds(20))
        #expect(outcome.status == 1)
        #expect(
            outcome.errors == "millrace run: cannot write the digest to /dev/full: No space left on device\n",
            "\(outcome.errors)")
        let nowhere = try BuiltProgram.run(["run", file, "--digest", folder.path("no/such")], within: .seconds(20))
        #expect(nowhere.status == 1 && nowhere.errors.contains("No such file or directory"), "\(nowhere.errors)")
    }

    @Test func `a console that cannot write ends the run`() throws {
        let file = try folder.file("t.json", Topologies.endless)
        let path = BuiltProgram.path
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = [
            "-c", "exec \"$0\" run \"$1\" --for 60s > /dev/full 2> \"$2\"", path, file, folder.path("e"),
        ]
        try process.run()
        defer { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
        let deadline = ContinuousClock.now + .seconds(20)
        while process.isRunning, ContinuousClock.now < deadline { usleep(10_000) }
        try #require(!process.isRunning)
        #expect(process.terminationStatus == 1)
        #expect(folder.text("e").contains("No space left on device"), "\(folder.text("e"))")
    }

    /// In = out + dropped + in flight for every link, and nothing is in flight after the end.
    private func expectWholeCounts(_ text: String) throws {
        let links = text.split(separator: "\n").filter { $0.contains(" → ") }
        #expect(text.contains("market: accepted "), "\(text)")
        for link in links {
            let numbers = link.split(whereSeparator: { !$0.isNumber }).compactMap { Int($0) }
            try #require(numbers.count == 4, "\(link)")
            #expect(numbers[0] == numbers[1] + numbers[2] + numbers[3])
            #expect(numbers[0] > 0 && numbers[3] == 0, "\(link)")
        }
    }
}
