internal import Memory
public import Rings

/// What a lane's mark means: a source, and one of its symbols.
struct LaneSubject: Equatable {
    /// Stands for the source's name.
    let tag: UInt32
    /// The source's own index of the symbol.
    let symbol: UInt32

    init(source: String, symbol: UInt32) {
        tag = LaneSubject.tag(of: source)
        self.symbol = symbol
    }

    init(_ word: UInt64) {
        tag = UInt32(truncatingIfNeeded: word >> 32)
        symbol = UInt32(truncatingIfNeeded: word) &- 1
    }

    /// Never 0, which stands for nobody.
    var word: UInt64 { LaneSubject.word(tag, symbol) }

    static func tag(of source: String) -> UInt32 { UInt32(truncatingIfNeeded: SettingsMark.of(source)) }

    @inline(__always)
    static func word(_ tag: UInt32, _ symbol: UInt32) -> UInt64 { UInt64(tag) &<< 32 | (UInt64(symbol) &+ 1) }
}

/// Why a lane's mark tells of a fault.
enum FaultReason {
    /// Nil where the lane was at nobody's event, or has not ended by its own doing.
    static func text(_ mark: LaneMark.Reading) -> String? {
        guard mark.subject != 0 else { return nil }
        if mark.isStuck { return "it did not come to an end" }
        return switch mark.signal {
        case 0: nil
        case 4, 5: "a check failed, signal \(mark.signal)"
        case 6: "an abort, signal 6"
        case 7, 11: "a wrong address, signal \(mark.signal)"
        case 8: "a division, signal 8"
        case _: "signal \(mark.signal)"
        }
    }
}

/// The folder in which the lanes of a symbols node write down what they are at: a file each.
public struct LaneMarkFolder: Sendable {
    private static let start = "lane-"

    public let path: String

    public init(_ data: DataFolder, flow: String) { path = data.marks(of: flow) }

    public func files() throws -> [String] {
        guard StoredFolder.exists(path) else { return [] }
        return try StoredFolder.names(in: path).filter { $0.hasPrefix(LaneMarkFolder.start) }.sorted().map {
            "\(path)/\($0)"
        }
    }

    /// What a mark says now; nil where it is none, or gone.
    public static func reading(_ file: String) -> LaneMark.Reading? {
        (try? WholeFile.read(file)).flatMap { LaneMark.Reading(file: $0) }
    }

    func readings() throws -> [LaneMark.Reading] {
        try files().compactMap { LaneMark.Reading(file: try WholeFile.read($0)) }
    }

    func make(lane: Int) throws -> LaneMark {
        try StoredFolder.make(path)
        return try LaneMark(file: "\(path)/\(LaneMarkFolder.start)\(lane)")
    }

    func clear() throws {
        for file in try files() { try StoredFolder.remove(file) }
    }
}
