public import Graph
internal import Memory
internal import Rings

/// One process's claim to its part of a data folder, for as long as it lives: no two processes run the same part.
public final class FolderClaim: Sendable {
    /// Looks at a lock that is held for the writing of a few bytes; each is a fraction of a millisecond or more.
    private static let turnLimit = 20_000
    private let file: StoredFile

    /// Takes the part, and checks that the folder was made for shards as they are spread now.
    /// - Throws: `FolderClaimed`, `ShardsMoved`, `FileError`, `WholeFileError`.
    public init(_ data: DataFolder, _ part: Placement.Part, flows: [FlowShards]) throws {
        file = try FolderClaim.take(part, of: data)
        try FolderClaim.alone(in: data) { for flow in flows { try flow.check(in: data) } }
    }

    /// Does something that the shards of one node must not do at the same time.
    private static func alone(in data: DataFolder, _ deed: () throws -> Void) throws {
        // No process can have this name.
        let turn = try StoredFile("\(data.path)/locks/+shards", for: .writing)
        var looks = 0
        while true {
            do throws(FileError) { try turn.lock() } catch {
                guard error.isHeldByAnother, looks < FolderClaim.turnLimit else { throw error }
                looks += 1
                Seat.wait(FolderClaim.turnLimit)
                continue
            }
            return try deed()
        }
    }

    private static func take(_ part: Placement.Part, of data: DataFolder) throws -> StoredFile {
        let file = try lockFile(part.name, of: data)
        do throws(FileError) { try file.lock() } catch {
            guard error.isHeldByAnother else { throw error }
            throw FolderClaimed(folder: data.path, part: part.name)
        }
        return file
    }

    fileprivate static func lockFile(_ name: String, of data: DataFolder) throws(FileError) -> StoredFile {
        let folder = "\(data.path)/locks"
        try StoredFolder.make(folder)
        return try StoredFile("\(folder)/\(name)", for: .writing)
    }
}

/// The claim of whoever keeps all processes of a data folder alive: a second one would only start what cannot run.
public final class WatchClaim: Sendable {
    private let file: StoredFile

    /// - Throws: `FolderWatched`, `FileError`.
    public init(_ data: DataFolder) throws {
        // No process can have this name.
        file = try FolderClaim.lockFile("+up", of: data)
        do throws(FileError) { try file.lock() } catch {
            guard error.isHeldByAnother else { throw error }
            throw FolderWatched(folder: data.path)
        }
    }
}

/// How a symbols node's updates and snapshots are spread in a data folder.
public struct FlowShards: Sendable {
    public let flow: String
    public let shards: ShardPlan

    public init(flow: String, shards: ShardPlan) {
        self.flow = flow
        self.shards = shards
    }

    /// Refuses a folder that was made for other shards; a new one takes these.
    func check(in data: DataFolder) throws {
        let known = try FlowShards.known(of: flow, in: data)
        guard known == nil || known == shards.text else {
            throw ShardsMoved(flow: flow, before: known ?? "", now: shards.text)
        }
        if known == nil { try write(in: data) }
    }

    /// What the folder was made for; nil where the node has left nothing there.
    public static func known(of flow: String, in data: DataFolder) throws -> String? {
        let file = data.shards(of: flow)
        if StoredFolder.exists(file) { return String(decoding: try WholeFile.read(file), as: UTF8.self) }
        // Before there were shards nobody wrote down that there is one.
        return StoredFolder.exists(data.updates(of: flow)) ? ShardPlan.whole.text : nil
    }

    /// Writes down what the folder is for from now on.
    public func write(in data: DataFolder) throws {
        let file = data.shards(of: flow)
        guard let slash = file.lastIndex(of: "/") else { return }
        try StoredFolder.make(String(file[..<slash]))
        try WholeFile.write(
            Array(shards.text.utf8), named: String(file[file.index(after: slash)...]), in: String(file[..<slash]))
    }
}

/// Another process runs the same part of a topology on the same data.
public struct FolderClaimed: Error, CustomStringConvertible {
    let folder: String
    let part: String
    public var description: String { "another process runs \(part) with the data in \(folder)" }
}

/// Somebody else keeps the processes of a data folder alive already.
public struct FolderWatched: Error, CustomStringConvertible {
    let folder: String
    public var description: String { "another `millrace up` runs the processes of the data in \(folder)" }
}

/// The symbols of a node are to be spread otherwise than they were.
public struct ShardsMoved: Error, CustomStringConvertible {
    let flow: String
    let before: String
    let now: String

    public var description: String {
        "the data of \(flow) is spread over shards as \(before), and the topology says \(now); "
            + "stop all of its processes and run `millrace reshard`"
    }
}
