import Foundation
import TestPrograms
import Testing

/// Input that is damaged, missing or something else: the program says what is wrong in one line and never crashes.
@Suite struct `Bad input through the program` {
    private let folder: TestFolder

    init() throws { folder = try TestFolder() }

    @Test(arguments: ["csv", "gz", "zip", "dbn", "dbn.zst"])
    func `an empty file is refused as empty`(_ ending: String) throws {
        try refuses(try folder.file("empty.\(ending)", ""), "it is empty")
    }

    @Test func `what is no file is refused`() throws {
        try refuses(folder.url.path(), "it is a folder")
        try refuses(folder.path("missing.gz"), "cannot be opened: No such file")
    }

    @Test func `a file that is no recording is refused`() throws {
        try refuses(try folder.file("notes.gz", "Dear diary, it rains\n"), "no column is the time")
        let image: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]
        try refuses(try write("chart.png", image), "no recording that can be replayed")
    }

    /// Permissions stop nobody who is root: then the program runs as somebody else.
    @Test(.enabled(if: Stranger.isPossible, "as root, needs setpriv and a program that others may run"))
    func `a file that may not be read is refused`() throws {
        let path = try folder.file("secret.csv", "time,price\n1,2\n")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.url.path())
        try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: path)
        let outcome = try Stranger.run(["replay", path, "--json"])
        #expect(outcome.status == 1 && outcome.output.contains("Permission denied"), "\(outcome.output)")
        #expect(outcome.output.split(separator: "\n").count == 1, "\(outcome.output)")
    }

    @Test(.enabled(if: Recordings.isPresent, "\(Recordings.absence)"))
    func `a recording that is cut off is refused, or counted up to the cut`() throws {
        for (file, name) in Self.packed {
            let bytes = try Recordings.bytes(Recordings.path(file))
            for share in [0.02, 0.3, 0.5, 0.9, 0.999] {
                try survives(name, Array(bytes.prefix(Int(Double(bytes.count) * share))), mustTell: true)
            }
        }
    }

    @Test(.enabled(if: Recordings.isPresent, "\(Recordings.absence)"))
    func `a flipped bit in a packed recording is told`() throws {
        var chance = SeededChance(seed: 80 + Campaign.seed)
        for (file, name) in Self.packed {
            let bytes = try Recordings.bytes(Recordings.path(file))
            for _ in 0..<4 * Campaign.factor {
                var damaged = bytes
                // Between heading and directory of the packed form, whose names and times nothing checks.
                let place = 80 + chance.below(bytes.count - 80 - min(128, bytes.count / 4))
                damaged[place] ^= 1 << UInt8(chance.below(8))
                try survives(name, damaged, mustTell: true)
            }
        }
    }

    /// From a flipped bit on a packed file unpacks to nonsense: the checksum's word must not drown in the rows.
    @Test(.enabled(if: Recordings.isPresent, "\(Recordings.absence)"))
    func `damage is told beside however many rows that it made unreadable`() throws {
        var bytes = try Recordings.bytes(Recordings.equity)
        bytes[50_000] ^= 4
        let outcome = try BuiltProgram.run(["replay", try write("20131007_trade.zip", bytes), "--json"])
        #expect(outcome.status == 0 && outcome.errors.contains("damaged zip"), "\(outcome.errors)")
    }

    /// Plain DBN has no checksum: a flipped price is a price.
    @Test(.enabled(if: Recordings.isPresent, "\(Recordings.absence)"))
    func `a flipped bit in plain DBN never ends the program otherwise`() throws {
        var chance = SeededChance(seed: 81 + Campaign.seed)
        let bytes = try Recordings.bytes(Recordings.path("dbn/test_data.mbp-10.dbn"))
        for _ in 0..<20 * Campaign.factor {
            var damaged = bytes
            damaged[chance.below(bytes.count)] ^= 1 << UInt8(chance.below(8))
            try survives("flipped.dbn", damaged, mustTell: false)
        }
    }

    @Test(.enabled(if: Recordings.isPresent, "\(Recordings.absence)"))
    func `a DBN version that nobody knows is refused`() throws {
        for version: UInt8 in [0, 4, 9, 255] {
            var bytes = try Recordings.bytes(Recordings.path("dbn/test_data.trades.dbn"))
            bytes[3] = version
            try refuses(try write("v\(version).dbn", bytes), "DBN version \(version); versions 1 to 3 are read")
        }
    }

    private static let packed = [
        ("binance-usdm/btcusdt_20240808.gz", "cut.gz"), ("lean-equity/20131007_trade.zip", "20131007_trade.zip"),
        ("dbn/test_data.trades.v3.dbn.zst", "cut.dbn.zst"),
    ]

    private func write(_ name: String, _ bytes: [UInt8]) throws -> String {
        try Data(bytes).write(to: folder.url.appending(path: name))
        return folder.path(name)
    }

    private func refuses(_ path: String, _ reason: String) throws {
        let outcome = try BuiltProgram.run(["replay", path, "--json"], within: .seconds(20))
        #expect(outcome.status == 1 && outcome.output.isEmpty, "\(path): \(outcome.status)")
        let lines = outcome.errors.split(separator: "\n")
        #expect(lines.count == 1 && outcome.errors.hasPrefix("millrace replay: "), "\(outcome.errors)")
        #expect(outcome.errors.contains(reason), "\(outcome.errors)")
    }

    /// The program ends by itself, with one line of refusal or with its counts; where it must tell, these show faults.
    private func survives(_ name: String, _ bytes: [UInt8], mustTell: Bool) throws {
        // One wrong price makes the learned tick small and a profile's rows many: half a second in a release, without
        // optimisation forty times as long.
        let outcome = try BuiltProgram.run(["replay", try write(name, bytes), "--json"], within: .seconds(120))
        switch outcome.status {
        case 0:
            let tells = outcome.errors.contains("unreadable: ") && outcome.errors.contains(name)
            #expect(tells || !mustTell, "\(name), \(bytes.count) bytes: \(outcome.errors)")
        case 1:
            let lines = outcome.errors.split(separator: "\n")
            #expect(lines.count == 1 && outcome.errors.hasPrefix("millrace replay: "), "\(outcome.errors)")
        default: Issue.record("\(name), \(bytes.count) bytes: status \(outcome.status): \(outcome.errors)")
        }
    }
}

/// The program as a user without rights of his own.
enum Stranger {
    static let isPossible = (try? run(["--version"]))?.status == 0

    static func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
        guard getuid() == 0 else {
            let outcome = try BuiltProgram.run(arguments, within: .seconds(20))
            return (outcome.status, outcome.output + outcome.errors)
        }
        let drop = ["20", "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", BuiltProgram.path]
        return try PythonProgram.finish("/usr/bin/timeout", drop + arguments)
    }
}
