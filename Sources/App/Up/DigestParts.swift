internal import Engine
internal import Foundation
internal import Memory
internal import Sinks
internal import Wire

/// The digests that the processes of a topology write, one each beside the file that they become.
struct DigestParts {
    private let path: String
    private let file: DigestFile
    private let names: [String]

    /// Makes the file, so that a forbidden place is known before anything starts; parts of an earlier run go.
    init(_ path: String, of names: [String]) throws {
        self.path = path
        self.names = names
        file = try DigestFile(path: path)
        for name in names { try StoredFolder.remove(place(of: name)) }
    }

    /// Where a process writes its own.
    func place(of name: String) -> String { "\(path).\(name)" }

    /// Makes one of all, as a single process would have written it, and takes the parts away.
    func merge() throws {
        let parts = try names.map { name in
            guard let bytes = FileManager.default.contents(atPath: place(of: name)) else {
                throw DigestMergeError.unfinished(part: name)
            }
            return MergedDigest.Part(name: name, text: String(decoding: bytes, as: UTF8.self))
        }
        try file.write(try MergedDigest.text(of: parts))
        for name in names { try StoredFolder.remove(place(of: name)) }
    }
}
