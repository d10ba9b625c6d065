import Foundation
import TestPrograms
import Testing

/// The image has what the program is linked against, and nothing more.
@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/dpkg-query")))
struct `The libraries of the image` {
    /// Swift's own go into the program; the C library and the compiler's are part of every Debian.
    private static let elsewhere = [
        "libswift", "lib_Foundation", "libFoundation", "libdispatch", "libBlocksRuntime", "libc.so", "libm.so",
        "libgcc_s.so", "ld-linux", "libpthread.so", "libdl.so",
    ]

    /// The packages of the libraries that the program names.
    private func needed() throws -> Set<String> {
        let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            .appending(path: "millrace").path()
        let listing = try PythonProgram.finish("/usr/bin/readelf", ["--dynamic", program])
        try #require(listing.status == 0, "\(listing.output)")
        let names = listing.output.matches(of: /\(NEEDED\).*\[(.+)\]/).map { String($0.1) }
        var packages: Set<String> = []
        for name in names where !Self.elsewhere.contains(where: name.hasPrefix) {
            let owner = try PythonProgram.finish("/usr/bin/dpkg-query", ["--search", "*/\(name)"])
            let package = try #require(owner.output.split(separator: ":").first, "no package has \(name)")
            packages.insert(String(package))
        }
        return packages
    }

    @Test func `it installs the packages of the libraries that the program names`() throws {
        let file = PythonProgram.root.appending(path: "deploy/container/Containerfile")
        let text = try String(contentsOf: file, encoding: .utf8)
        let stage = try #require(text.components(separatedBy: "\nFROM ").last)
        let list = try #require(stage.firstMatch(of: /--no-install-recommends([\s\\a-z0-9.+-]+)&&/)?.1)
        let installed = Set(list.split(whereSeparator: { $0.isWhitespace || $0 == "\\" }).map(String.init))
        // What no library name tells: the zones of sessions.
        #expect(try needed().union(["tzdata"]) == installed)
    }
}
