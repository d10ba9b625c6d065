import FoundationEssentials

extension Zone {
    /// Where systems keep the IANA database (package tzdata).
    private static let folders = ["/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo"]

    /// The zone of an IANA name, `Europe/Berlin`, from the system's database.
    ///
    /// Throws `CalendarError.unknownZone` or `.unreadableZone`.
    public init(named name: String) throws(CalendarError) {
        guard Zone.isName(name) else { throw .unknownZone(name) }
        for folder in Zone.folders {
            guard let content = FileManager.default.contents(atPath: "\(folder)/\(name)") else { continue }
            try self.init(name: name, file: [UInt8](content))
            return
        }
        throw .unknownZone(name)
    }

    /// A name is a path of letters, digits and `+-_` below the folder: nothing that leaves it.
    private static func isName(_ name: String) -> Bool {
        guard name.utf8.count <= 64 else { return false }
        return name.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
            !part.isEmpty
                && part.utf8.allSatisfy { byte in
                    let letter = byte | 32
                    return letter >= UInt8(ascii: "a") && letter <= UInt8(ascii: "z") || byte >= 48 && byte <= 57
                        || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
                }
        }
    }

    /// Reads a TZif file of version 2 and up (RFC 9636).
    init(name: String, file: [UInt8]) throws(CalendarError) {
        var file = ZoneFile(name: name, bytes: file)
        let old = try file.header()
        guard old.version >= 2 else { throw file.fault("it has version 1, which ends in 2037") }
        try file.skip(old.size(timeWidth: 4))
        let header = try file.header()
        guard header.leaps == 0 else { throw file.fault("it counts leap seconds") }
        let (firstOffset, known) = try file.changes(header)
        try self.init(name: name, firstOffset: firstOffset, changes: known + file.tail(after: known.last))
    }
}

/// A TZif file being read.
private struct ZoneFile {
    struct Header {
        let version: Int
        /// Counts of records by the header's own order.
        let universalMarks, standardMarks, leaps, times, types, letters: Int

        func size(timeWidth: Int) -> Int {
            times * (timeWidth + 1) + types * 6 + letters + leaps * (timeWidth + 4) + standardMarks + universalMarks
        }
    }

    /// The largest file of the database holds 1,800 changes and less; anything above this is no zone.
    static let countLimit = 1 << 16

    let name: String
    let bytes: [UInt8]
    var index = 0

    init(name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
    }

    func fault(_ reason: String) -> CalendarError { .unreadableZone(name, reason: reason) }

    mutating func skip(_ count: Int) throws(CalendarError) {
        guard bytes.count - index >= count else { throw fault("it ends after \(bytes.count) bytes") }
        index += count
    }

    mutating func integer(width: Int) throws(CalendarError) -> Int64 {
        try skip(width)
        let start: Int64 = bytes[index - width] >= 128 ? -1 : 0
        return bytes[(index - width)..<index].reduce(start) { $0 << 8 | Int64($1) }
    }

    mutating func header() throws(CalendarError) -> Header {
        let magic = try integer(width: 4)
        guard magic == 0x545A_6966 else { throw fault("it does not begin with TZif") }
        let version = try integer(width: 1)
        try skip(15)
        var counts: [Int] = []
        for _ in 0..<6 {
            let count = try integer(width: 4)
            guard count >= 0, count <= ZoneFile.countLimit else { throw fault("it claims \(count) records") }
            counts.append(Int(count))
        }
        return Header(
            version: version == 0 ? 1 : Int(version) - 48, universalMarks: counts[0], standardMarks: counts[1],
            leaps: counts[2], times: counts[3], types: counts[4], letters: counts[5])
    }

    /// The offset before the first change, and the changes.
    mutating func changes(_ header: Header) throws(CalendarError) -> (Int, [Zone.Change]) {
        var seconds: [Int64] = []
        for _ in 0..<header.times { seconds.append(try integer(width: 8)) }
        var kinds: [Int] = []
        for _ in 0..<header.times { kinds.append(Int(try integer(width: 1))) }
        var offsets: [Int] = []
        for _ in 0..<header.types {
            offsets.append(Int(try integer(width: 4)))
            try skip(2)
        }
        try skip(header.letters + header.standardMarks + header.universalMarks)
        guard let first = offsets.first, kinds.allSatisfy({ offsets.indices.contains($0) }) else {
            throw fault("a change names a local time that it does not hold")
        }
        guard offsets.allSatisfy({ abs($0) < 26 * 3600 }) else { throw fault("an offset is over 26 hours") }
        guard zip(seconds, seconds.dropFirst()).allSatisfy(<) else { throw fault("its changes are out of order") }
        return (first, zip(seconds, kinds).map { Zone.Change(second: $0, offset: offsets[$1]) })
    }

    /// The rule in the last line, carried on from the last known change.
    mutating func tail(after last: Zone.Change?) throws(CalendarError) -> [Zone.Change] {
        guard index < bytes.count, bytes[index] == 10, bytes.count - index >= 2, bytes.last == 10 else {
            throw fault("its last line is missing")
        }
        let text = Array(bytes[(index + 1)..<(bytes.count - 1)])
        guard !text.isEmpty else { return [] }
        guard let rule = ZoneRule(text) else { throw fault("its rule is not understood") }
        let from = last?.second ?? .min
        let day = max(from, 0).floorDivided(by: 86_400)
        let year = CivilDate(daysSinceEpoch: Int(day)).year - 1
        guard year <= Zone.lastYear else { return [] }
        return (year...Zone.lastYear).flatMap { rule.changes(in: $0) }.filter { $0.second > from }
    }
}
