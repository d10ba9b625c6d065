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
        return try Topology.read(Array(bytes), kinds: Catalogue.millrace.kinds, environment: environment)
    }
}
