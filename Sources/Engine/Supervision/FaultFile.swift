internal import Memory
internal import Rings

/// Where a symbols node's faults are kept: a text file in the data folder, changed by a run and by an operator's hand.
public struct FaultFile: Sendable {
    /// Looks for the lock of somebody who is about to write, 5 ms each.
    private static let patience = 400

    public let path: String
    private let folder: String
    private let name: String

    public init(_ data: DataFolder, flow: String) {
        folder = data.quarantine
        name = DataFolder.name(flow)
        path = "\(folder)/\(name)"
    }

    /// What it says; an empty list where there is none.
    public func read() throws -> FaultList {
        guard StoredFolder.exists(path) else { return FaultList() }
        guard let list = FaultList(text: String(decoding: try WholeFile.read(path), as: UTF8.self)) else {
            throw FaultFileError(path: path)
        }
        return list
    }

    /// Changes what it says, in one step for all who look; returns what it says then.
    @discardableResult
    public func change(_ body: (inout FaultList) -> Void) throws -> FaultList {
        try StoredFolder.make(folder)
        let lock = try StoredFile("\(path).lock", for: .writing)
        try FaultFile.take(lock)
        var list = try read()
        let before = list
        body(&list)
        if list != before { try WholeFile.write(Array(list.text.utf8), named: name, in: folder) }
        return list
    }

    private static func take(_ lock: borrowing StoredFile) throws(FileError) {
        for _ in 0..<patience {
            do throws(FileError) { return try lock.lock() } catch {
                guard error.isHeldByAnother else { throw error }
            }
            Seat.sleep(5_000_000)
        }
        try lock.lock()
    }
}

/// A file of faults that nobody can read.
struct FaultFileError: Error, CustomStringConvertible {
    let path: String

    var description: String { "\(path) is no list of faults; put it right, or take it away to take every symbol again" }
}
