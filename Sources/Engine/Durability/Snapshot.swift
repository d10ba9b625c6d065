public import Journal
internal import Memory

/// One symbol's state as it was behind one event, with the place in its source's journal that events go on from.
public struct Snapshot: Equatable, Sendable {
    /// The form of the file, header and checksum; what a state holds has versions of its own.
    static let format: UInt32 = 1
    private static let magic: UInt64 = 0x4C52_4D50_414E_5331
    /// A name is at most so long in a file.
    private static let nameLimit = 65_535

    public let symbol: String
    /// The last record of the source's journal that is in the state.
    public let place: JournalPlace
    /// The number of the last event that is in the state.
    public let sequence: UInt64
    /// What a state wrote down.
    public let bytes: [UInt8]

    public init(symbol: String, place: JournalPlace, sequence: UInt64, bytes: [UInt8]) {
        self.symbol = symbol
        self.place = place
        self.sequence = sequence
        self.bytes = bytes
    }

    /// The whole file: header, bytes, checksum.
    var file: [UInt8] {
        var buffer = ByteBuffer(capacity: bytes.count + symbol.utf8.count + 64)
        buffer.append(Snapshot.magic)
        buffer.append(Snapshot.format, UInt32(symbol.utf8.count), place.journal)
        buffer.append(place.position, sequence, UInt64(bytes.count))
        Array(symbol.utf8).withRawSpan { buffer.append($0) }
        bytes.withRawSpan { buffer.append($0) }
        let sum = buffer.withBytes { Checksum.castagnoli($0) }
        buffer.append(sum)
        return buffer.withBytes { $0.array }
    }

    private static let headerSize = 48

    /// Reads a whole file; throws what is wrong with it.
    init(file: [UInt8], path: String) throws(SnapshotError) {
        func damaged(_ problem: String) -> SnapshotError { .damaged(path: path, problem: problem) }
        guard file.count >= Snapshot.headerSize + 4 else { throw damaged("it ends within its header") }
        let head = file.withRawSpan { bytes in
            (
                magic: bytes.integer(at: 0, as: UInt64.self), format: bytes.integer(at: 8, as: UInt32.self),
                name: bytes.integer(at: 12, as: UInt32.self), journal: bytes.integer(at: 16, as: UInt64.self),
                position: bytes.integer(at: 24, as: UInt64.self), sequence: bytes.integer(at: 32, as: UInt64.self),
                count: bytes.integer(at: 40, as: UInt64.self)
            )
        }
        guard head.magic == Snapshot.magic else { throw damaged("it begins with something else") }
        guard head.format == Snapshot.format else { throw damaged("its format is \(head.format)") }
        let room = file.count - Snapshot.headerSize - 4
        guard head.name <= Snapshot.nameLimit, Int(head.name) <= room, head.count == UInt64(room - Int(head.name))
        else {
            throw damaged("its length is not what its header says")
        }
        let sums = file.withRawSpan { bytes in
            let end = file.count - 4
            return (Checksum.castagnoli(bytes.extracting(0..<end)), bytes.integer(at: end, as: UInt32.self))
        }
        guard sums.0 == sums.1 else { throw damaged("its checksum is wrong") }
        let name = Snapshot.headerSize + Int(head.name)
        symbol = String(decoding: file[Snapshot.headerSize..<name], as: UTF8.self)
        place = JournalPlace(journal: head.journal, position: head.position)
        sequence = head.sequence
        bytes = Array(file[name..<file.count - 4])
    }
}
