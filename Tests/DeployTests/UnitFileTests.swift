import Foundation
import TestPrograms
import Testing

/// The units of systemd, verified by systemd.
@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/systemd-analyze")))
struct `The units` {
    private static let folder = PythonProgram.root.appending(path: "deploy")

    /// Verifies the units with a change; another program stands in for the one that is not installed here.
    private func verify(_ unit: String, replacing good: String = "", with bad: String = "") throws -> (
        status: Int32, output: String
    ) {
        let place = FileManager.default.temporaryDirectory.appending(path: "units-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: place) }
        for name in ["millrace.service", "millrace@.service", "millrace.target"] {
            var text = try String(contentsOf: Self.folder.appending(path: name), encoding: .utf8)
            text = text.replacing("/usr/local/bin/millrace", with: "/bin/true")
            if name == unit, !good.isEmpty {
                try #require(text.contains(good))
                text = text.replacing(good, with: bad)
            }
            try text.write(to: place.appending(path: name), atomically: false, encoding: .utf8)
        }
        let instance = unit.replacing("@.", with: "@feed.")
        return try PythonProgram.finish("/usr/bin/systemd-analyze", ["verify", place.appending(path: instance).path()])
    }

    @Test(arguments: ["millrace.service", "millrace@.service", "millrace.target"])
    func `nothing is wrong with them`(unit: String) throws {
        let check = try verify(unit)
        #expect(check.status == 0 && check.output.isEmpty, "\(check.output)")
    }

    @Test(arguments: [
        ("millrace.service", "Restart=on-failure", "Restart=on-fire"),
        ("millrace.service", "ExecStart=/bin/true", "ExecStart=/no/such"),
        ("millrace@.service", "ProtectSystem=strict", "ProtectSystem=very"),
        ("millrace@.service", "PartOf=millrace.target", "PartOff=millrace.target"),
        ("millrace.target", "[Install]", "[Instal]"),
    ])
    func `a planted mistake is found`(unit: String, good: String, bad: String) throws {
        let check = try verify(unit, replacing: good, with: bad)
        #expect(check.status != 0 || !check.output.isEmpty, "\(bad)")
    }

    /// What systemd finds exposed, in tenths of its points: 14 of 100 as the units are.
    private func isSecure(_ unit: String, without line: String? = nil) throws -> Bool {
        let place = FileManager.default.temporaryDirectory.appending(path: "units-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: place) }
        var text = try String(contentsOf: Self.folder.appending(path: unit), encoding: .utf8)
        if let line {
            try #require(text.contains("\n\(line)\n"))
            text = text.replacing("\n\(line)\n", with: "\n")
        }
        let file = place.appending(path: unit)
        try text.write(to: file, atomically: false, encoding: .utf8)
        let arguments = ["security", "--offline=yes", "--threshold=15", file.path()]
        return try PythonProgram.finish("/usr/bin/systemd-analyze", arguments).status == 0
    }

    @Test(arguments: ["millrace.service", "millrace@.service"])
    func `a service has few rights, and systemd notices one that it gets`(unit: String) throws {
        #expect(try isSecure(unit))
        #expect(try !isSecure(unit, without: "CapabilityBoundingSet="))
        #expect(try !isSecure(unit, without: "SystemCallFilter=@system-service"))
    }
}
