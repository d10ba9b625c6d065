internal import Engine
internal import Foundation
internal import Graph

/// Reads a topology file from disk.
enum TopologyFile {
    static let standardName = "topology.json"

    /// Throws `UsageError` if there is no such file, `TopologyError` with every fault of a bad one.
    static func read(_ path: String, environment: [String: String]) throws -> Topology {
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw UsageError("cannot read \(path): there is no such file, or it may not be read")
        }
        // One byte more than the reader takes: it says itself that the file is too long.
        let bytes = try file.read(upToCount: JSONParser.byteLimit + 1) ?? Data()
        return try Topology.read(
            Array(bytes), kinds: Catalogue.millrace.kinds, environment: try withFiles(environment, for: bytes))
    }

    /// A longer one is no password and no address.
    private static let valueLimit = 64 << 10

    /// The environment, and for `${NAME}` where there is only `NAME_FILE` what that file holds, without its last line
    /// ends: how containers and services hand over a secret.
    private static func withFiles(_ environment: [String: String], for text: Data) throws -> [String: String] {
        var whole = environment
        for (name, path) in environment where name.hasSuffix("_FILE") {
            let plain = String(name.dropLast("_FILE".count))
            let isAsked =
                text.range(of: Data("${\(plain)}".utf8)) != nil || text.range(of: Data("${\(plain):".utf8)) != nil
            guard environment[plain] == nil, isAsked else { continue }
            guard let file = FileHandle(forReadingAtPath: path),
                let bytes = try file.read(upToCount: valueLimit + 1), bytes.count <= valueLimit
            else {
                throw UsageError("cannot read \(path), which \(name) names, or it is longer than \(valueLimit) bytes")
            }
            let value = String(decoding: bytes, as: UTF8.self)
            whole[plain] = String(value.dropLast(value.reversed().prefix { $0.isNewline }.count))
        }
        return whole
    }
}
