import FoundationEssentials
import Testing

@testable import Market

/// One zone's part of Fixtures/zone_changes.txt: what Python's zoneinfo says, and until when.
private struct ZoneTable {
    let name: String
    var changes: [(second: Int64, offset: Int)] = []
    var end: Int64 = 0

    static func all() -> [ZoneTable] {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/zone_changes.txt")
        guard let text = try? String(contentsOf: file, encoding: .utf8) else { return [] }
        var tables: [ZoneTable] = []
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            guard words.count == 3, let second = Int64(words[1]) else { return [] }
            if tables.last?.name != words[0] { tables.append(ZoneTable(name: words[0])) }
            guard let offset = Int(words[2]) else {
                tables[tables.count - 1].end = second
                continue
            }
            tables[tables.count - 1].changes.append((second, offset))
        }
        return tables
    }

    /// Every change with the seconds around it, and a step of some hours through the whole table.
    func check(_ zone: Zone) {
        let ends = changes.dropFirst().map(\.second) + [end]
        for (change, last) in zip(changes, ends) {
            for second in [change.second, last - 1] + stride(from: change.second, to: last, by: 20_011) {
                guard zone.offset(at: second) == change.offset else {
                    Issue.record("\(name) at \(second): \(zone.offset(at: second)) is not \(change.offset)")
                    return
                }
            }
        }
    }
}

@Suite struct `Time zones` {
    @Test func `offsets are those of another reader of the database`() throws {
        let tables = ZoneTable.all()
        #expect(tables.count == 20)
        for table in tables { table.check(try Zone(named: table.name)) }
    }

    @Test func `the built-in zones are those of the database`() throws {
        for zone in [Zone.newYork, .chicago] {
            let table = try #require(ZoneTable.all().first { $0.name == zone.name })
            table.check(zone)
        }
    }

    @Test func `an instant and its wall time go together, and wall times never run backwards`() throws {
        for table in ZoneTable.all() {
            let zone = try Zone(named: table.name)
            var last: Int64 = .min
            for change in table.changes.dropFirst() where change.second < table.end {
                for local in stride(from: change.second - 100_000, to: change.second + 100_000, by: 600) {
                    let date = CivilDate(daysSinceEpoch: Int(local.floorDivided(by: 86_400)))
                    let face = Int(local - local.floorDivided(by: 86_400) * 86_400)
                    let wall = WallTime(hour: face / 3600, minute: face / 60 % 60, second: face % 60)
                    let time = try #require(zone.instant(of: date, wall)).nanoseconds / Timestamp.second
                    // The clock shows this or later, and a second before it still showed less.
                    let shows = time + Int64(zone.offset(at: time)) >= local
                    let showedLess = time - 1 + Int64(zone.offset(at: time - 1)) < local
                    try #require(shows && showedLess && time >= last, "\(zone.name) \(date) \(wall.second)")
                    last = time
                }
            }
        }
    }

    @Test func `rules are read in every form of POSIX`() throws {
        func changes(_ text: String, _ year: Int) throws -> [Zone.Change] {
            try #require(ZoneRule(Array(text.utf8))).changes(in: year)
        }
        let nuuk = try changes("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", 2026)
        #expect(nuuk == [.init(second: 1_774_746_000, offset: -3600), .init(second: 1_792_890_000, offset: -7200)])
        let dublin = try changes("IST-1GMT0,M10.5.0,M3.5.0/1", 2026)
        #expect(dublin == [.init(second: 1_774_746_000, offset: 3600), .init(second: 1_792_890_000, offset: 0)])
        #expect(try changes("<+0330>-3:30", 2026).isEmpty)
        // March 1 is day J60 in every year, and day 60 of a leap year counted from 0.
        for (year, ordinal) in [(2023, 59), (2024, 60)] {
            #expect(try changes("AAA0BBB,J60,J300", year) == changes("AAA0BBB,\(ordinal),\(ordinal + 240)", year))
        }
        for text in ["", "EST", "E5", "EST5EDT", "EST5EDT,M3.2.0", "EST5EDT,M13.2.0,M11.1.0", "<EST5", "EST25", "A,B"] {
            #expect(ZoneRule(Array(text.utf8)) == nil, "\(text)")
        }
    }

    @Test func `a torn or foreign zone file is refused with its reason`() throws {
        let path = "/usr/share/zoneinfo/Europe/Berlin"
        let whole = [UInt8](try #require(FileManager.default.contents(atPath: path)))
        #expect(try Zone(name: "whole", file: whole).offset(at: 1_785_000_000) == 7200)
        for count in 0..<whole.count - 1 {
            #expect(throws: CalendarError.self) { _ = try Zone(name: "torn", file: Array(whole[..<count])) }
        }
        var generator = SplitMix(state: 7)
        for _ in 0..<3_000 {
            var broken = whole
            broken[Int.random(in: 0..<whole.count, using: &generator)] ^=
                1 << UInt8.random(in: 0..<8, using: &generator)
            if let zone = try? Zone(name: "broken", file: broken) { _ = zone.date(at: .distantFuture) }
        }
    }
}

private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
