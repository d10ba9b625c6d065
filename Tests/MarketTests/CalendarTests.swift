import Market
import Testing

private func instant(_ text: String) -> Timestamp {
    let parts = text.split(separator: "T")
    guard parts.count == 2, let date = CivilDate(String(parts[0])), let time = WallTime(String(parts[1])) else {
        preconditionFailure("A test's instant must read 2026-03-06T14:30.")
    }
    return Timestamp(nanoseconds: (Int64(date.daysSinceEpoch) * 86_400 + Int64(time.second)) * Timestamp.second)
}

private func session(_ open: String, _ close: String, _ date: Int32) -> Session {
    Session(open: instant(open), close: instant(close), date: date)
}

/// Every session that opens in a span, walked by `next` alone.
private func sessions(of calendar: some SessionCalendar, from start: String, to end: String) -> [Session] {
    var found: [Session] = []
    var time = instant(start)
    while time < instant(end), found.count < 20_000 {
        switch calendar.place(of: time) {
        case .inside(let session):
            if found.last != session { found.append(session) }
            time = session.close
        case .outside(next: let session?):
            found.append(session)
            time = session.close
        case .outside(next: nil): return found
        }
    }
    return found.filter { $0.open >= instant(start) && $0.open < instant(end) }
}

@Suite struct `Sessions of the US stock exchanges` {
    let calendar = USEquities(.regular)

    @Test(arguments: [
        session("2026-03-06T14:30", "2026-03-06T21:00", 20_260_306),
        session("2026-03-09T13:30", "2026-03-09T20:00", 20_260_309),
        session("2026-10-30T13:30", "2026-10-30T20:00", 20_261_030),
        session("2026-11-02T14:30", "2026-11-02T21:00", 20_261_102),
        session("2026-11-27T14:30", "2026-11-27T18:00", 20_261_127),
        session("2013-10-07T13:30", "2013-10-07T20:00", 20_131_007),
    ])
    func `the published sessions are found, half-open`(expected: Session) {
        #expect(calendar.place(of: expected.open) == .inside(expected))
        #expect(calendar.place(of: expected.close + -1) == .inside(expected))
        #expect(calendar.place(of: expected.open + -1) == .outside(next: expected))
        #expect(calendar.place(of: expected.close) != .inside(expected))
    }

    @Test func `after a week's last session comes Monday`() {
        let monday = session("2026-03-09T13:30", "2026-03-09T20:00", 20_260_309)
        #expect(calendar.place(of: instant("2026-03-06T21:00")) == .outside(next: monday))
    }

    @Test func `the extended session ends on the next UTC date in winter`() {
        let extended = USEquities(.extended)
        let friday = session("2026-03-06T09:00", "2026-03-07T01:00", 20_260_306)
        #expect(extended.place(of: instant("2026-03-07T00:59:59")) == .inside(friday))
        let half = session("2026-11-27T09:00", "2026-11-27T22:00", 20_261_127)
        #expect(extended.place(of: instant("2026-11-27T12:00")) == .inside(half))
    }

    /// The closed weekdays and half days of the exchange's published calendars, month and day.
    static let published: [(year: Int, closed: [Int], half: [Int])] = [
        (2010, [101, 118, 215, 402, 531, 705, 906, 1125, 1224], [1126]),
        (2011, [117, 221, 422, 530, 704, 905, 1124, 1226], [1125]),
        (2012, [102, 116, 220, 406, 528, 704, 903, 1029, 1030, 1122, 1225], [703, 1123, 1224]),
        (2013, [101, 121, 218, 329, 527, 704, 902, 1128, 1225], [703, 1129, 1224]),
        (2014, [101, 120, 217, 418, 526, 704, 901, 1127, 1225], [703, 1128, 1224]),
        (2015, [101, 119, 216, 403, 525, 703, 907, 1126, 1225], [1127, 1224]),
        (2016, [101, 118, 215, 325, 530, 704, 905, 1124, 1226], [1125]),
        (2017, [102, 116, 220, 414, 529, 704, 904, 1123, 1225], [703, 1124]),
        (2018, [101, 115, 219, 330, 528, 704, 903, 1122, 1205, 1225], [703, 1123, 1224]),
        (2019, [101, 121, 218, 419, 527, 704, 902, 1128, 1225], [703, 1129, 1224]),
        (2020, [101, 120, 217, 410, 525, 703, 907, 1126, 1225], [1127, 1224]),
        (2021, [101, 118, 215, 402, 531, 705, 906, 1125, 1224], [1126]),
        (2022, [117, 221, 415, 530, 620, 704, 905, 1124, 1226], [1125]),
        (2023, [102, 116, 220, 407, 529, 619, 704, 904, 1123, 1225], [703, 1124]),
        (2024, [101, 115, 219, 329, 527, 619, 704, 902, 1128, 1225], [703, 1129, 1224]),
        (2025, [101, 109, 120, 217, 418, 526, 619, 704, 901, 1127, 1225], [703, 1128, 1224]),
        (2026, [101, 119, 216, 403, 525, 619, 703, 907, 1126, 1225], [1127, 1224]),
        (2027, [101, 118, 215, 326, 531, 618, 705, 906, 1125, 1224], [1126]),
        (2028, [117, 221, 414, 529, 619, 704, 904, 1123, 1225], [703, 1124]),
    ]

    @Test(arguments: published) func `every year has the published holidays and half days`(
        year: Int, closed: [Int], half: [Int]
    ) {
        let start = CivilDate(year: year, month: 1, day: 1)
        let end = CivilDate(year: year + 1, month: 1, day: 1)
        let found = sessions(of: calendar, from: "\(start)T00:00", to: "\(end)T00:00")
        let open = Set(found.map(\.date))
        let days = (start.daysSinceEpoch..<end.daysSinceEpoch).map { CivilDate(daysSinceEpoch: $0) }
        let missing = days.filter { (1...5).contains($0.weekday) && !open.contains($0.number) }
        #expect(missing.map { Int($0.number) % 10_000 } == closed)
        let short = found.filter { $0.close - $0.open == 3 * 3600 * Timestamp.second + Timestamp.second * 1800 }
        #expect(short.map { Int($0.date) % 10_000 } == half)
        let whole = found.filter { $0.close - $0.open == 6 * 3600 * Timestamp.second + Timestamp.second * 1800 }
        #expect(short.count + whole.count == found.count)
    }

    @Test func `the rules go on outside the published years`() {
        let old = session("2006-10-30T14:30", "2006-10-30T21:00", 20_061_030)
        #expect(calendar.place(of: instant("2006-10-30T20:30")) == .inside(old))
        let far = session("2050-07-05T13:30", "2050-07-05T20:00", 20_500_705)
        #expect(calendar.place(of: instant("2050-07-04T15:00")) == .outside(next: far))
    }
}

@Suite struct `Sessions of CME's index futures` {
    let calendar = CMEIndex()

    @Test func `a trading day opens on the evening before and has the date of its close`() {
        let friday = session("2026-03-05T23:00", "2026-03-06T22:00", 20_260_306)
        let monday = session("2026-03-08T22:00", "2026-03-09T21:00", 20_260_309)
        #expect(calendar.place(of: instant("2026-03-06T21:59:59")) == .inside(friday))
        #expect(calendar.place(of: instant("2026-03-06T22:00")) == .outside(next: monday))
        #expect(calendar.place(of: instant("2026-03-08T22:00")) == .inside(monday))
    }

    @Test func `the wall time of the open is another UTC time in summer`() {
        let open = WallTime(hour: 17, minute: 0)
        let winter = Zone.chicago.instant(of: CivilDate(year: 2026, month: 3, day: 6), open)
        let summer = Zone.chicago.instant(of: CivilDate(year: 2026, month: 3, day: 8), open)
        #expect(winter == instant("2026-03-06T23:00") && summer == instant("2026-03-08T22:00"))
    }

    @Test func `the hour of rest stands between two days`() {
        let thursday = session("2026-03-04T23:00", "2026-03-05T22:00", 20_260_305)
        let friday = session("2026-03-05T23:00", "2026-03-06T22:00", 20_260_306)
        #expect(calendar.place(of: instant("2026-03-05T12:00")) == .inside(thursday))
        #expect(calendar.place(of: instant("2026-03-05T22:30")) == .outside(next: friday))
    }

    @Test func `Good Friday, Christmas and New Year have no session`() {
        let dates = Set(sessions(of: calendar, from: "2020-01-01T12:00", to: "2025-01-08T00:00").map(\.date))
        for date: Int32 in [20_200_410, 20_201_225, 20_211_224, 20_221_226, 20_230_102, 20_241_225, 20_250_101] {
            #expect(!dates.contains(date), "\(date)")
        }
        for date: Int32 in [20_200_704 - 1, 20_211_231, 20_221_223, 20_241_224, 20_241_226, 20_250_102, 20_241_128] {
            #expect(dates.contains(date), "\(date)")
        }
    }

    @Test func `an exception by trading date changes a day`() throws {
        let changed = try CMEIndex(exceptions: [
            "2024-11-28": .hours(open: "17:00", close: "12:00"), "2024-11-29": .closed,
        ])
        let half = session("2024-11-27T23:00", "2024-11-28T18:00", 20_241_128)
        let monday = session("2024-12-01T23:00", "2024-12-02T22:00", 20_241_202)
        #expect(changed.place(of: instant("2024-11-28T17:00")) == .inside(half))
        #expect(changed.place(of: instant("2024-11-28T18:00")) == .outside(next: monday))
    }
}

@Suite struct `Calendars of one's own` {
    static let week = ["mon", "tue", "wed", "thu", "friday"]

    @Test func `a session may end on the next day, and has the date of its last moment`() throws {
        let night = try LocalCalendar(
            name: "fx", zone: "America/New_York", open: "17:00", close: "17:00",
            days: ["sun", "mon", "tue", "wed", "thu"])
        let monday = session("2026-03-08T21:00", "2026-03-09T21:00", 20_260_309)
        let tuesday = session("2026-03-09T21:00", "2026-03-10T21:00", 20_260_310)
        #expect(night.place(of: instant("2026-03-08T12:00")) == .outside(next: monday))
        #expect(night.place(of: instant("2026-03-09T21:00")) == .inside(tuesday))
        let days = try LocalCalendar(
            name: "days", zone: "Asia/Tokyo", open: "00:00", close: "00:00", days: ["sat"])
        let saturday = session("2026-03-06T15:00", "2026-03-07T15:00", 20_260_307)
        #expect(days.place(of: instant("2026-03-07T00:00")) == .inside(saturday))
        let evening = try LocalCalendar(
            name: "evening", zone: "Etc/UTC", open: "17:00", close: "00:00", days: Self.week)
        let friday = session("2026-03-06T17:00", "2026-03-07T00:00", 20_260_306)
        #expect(evening.place(of: instant("2026-03-06T23:59:59")) == .inside(friday))
    }

    @Test func `exceptions close a date, change it, or open it`() throws {
        let calendar = try LocalCalendar(
            name: "xetra", zone: "Europe/Berlin", open: "09:00", close: "17:30", days: Self.week,
            exceptions: [
                "2026-12-24": .closed, "2026-12-25": .closed, "2026-12-30": .hours(open: "09:00", close: "14:00"),
                "2026-12-26": .hours(open: "10:00", close: "11:00"),
            ])
        let saturday = session("2026-12-26T09:00", "2026-12-26T10:00", 20_261_226)
        #expect(calendar.place(of: instant("2026-12-23T20:00")) == .outside(next: saturday))
        let half = session("2026-12-30T08:00", "2026-12-30T13:00", 20_261_230)
        #expect(calendar.place(of: instant("2026-12-30T12:00")) == .inside(half))
    }

    @Test func `a closure of many dates is searched to its end`() throws {
        let first = CivilDate(year: 2026, month: 1, day: 5)
        let closed = (0..<200).map { ("\(first.adding(days: $0 * 7))", CalendarException.closed) }
        let calendar = try LocalCalendar(
            name: "mondays", zone: "Etc/UTC", open: "09:00", close: "10:00", days: ["monday"],
            exceptions: Dictionary(uniqueKeysWithValues: closed))
        let next = first.adding(days: 1_400)
        let expected = session("\(next)T09:00", "\(next)T10:00", next.number)
        #expect(calendar.place(of: instant("2026-01-01T00:00")) == .outside(next: expected))
    }

    @Test func `a skipped wall time is the change, a doubled one its first occurrence`() throws {
        let zone = Zone.newYork
        let spring = CivilDate(year: 2026, month: 3, day: 8)
        let autumn = CivilDate(year: 2026, month: 11, day: 1)
        #expect(zone.instant(of: spring, WallTime(hour: 2, minute: 30)) == instant("2026-03-08T07:00"))
        #expect(zone.instant(of: spring, WallTime(hour: 3, minute: 0)) == instant("2026-03-08T07:00"))
        #expect(zone.instant(of: spring, WallTime(hour: 1, minute: 59, second: 59)) == instant("2026-03-08T06:59:59"))
        #expect(zone.instant(of: autumn, WallTime(hour: 1, minute: 30)) == instant("2026-11-01T05:30"))
        #expect(zone.instant(of: autumn, WallTime(hour: 2, minute: 0)) == instant("2026-11-01T07:00"))
        let skipped = try LocalCalendar(
            name: "skipped", zone: "America/New_York", open: "02:15", close: "02:45", days: ["sun"])
        let after = session("2026-03-15T06:15", "2026-03-15T06:45", 20_260_315)
        #expect(skipped.place(of: instant("2026-03-08T06:00")) == .outside(next: after))
        let doubled = try LocalCalendar(
            name: "doubled", zone: "America/New_York", open: "01:30", close: "02:30", days: ["sun"])
        let long = session("2026-11-01T05:30", "2026-11-01T07:30", 20_261_101)
        #expect(doubled.place(of: instant("2026-11-01T06:10")) == .inside(long))
    }

    @Test func `a date that a zone left out has no session`() throws {
        let samoa = try LocalCalendar(
            name: "samoa", zone: "Pacific/Apia", open: "09:00", close: "17:00", days: Self.week)
        let dates = sessions(of: samoa, from: "2011-12-27T00:00", to: "2012-01-03T12:00").map(\.date)
        #expect(dates == [20_111_227, 20_111_228, 20_111_229, 20_120_102, 20_120_103])
    }

    private func fault(
        zone: String = "Etc/UTC", open: String = "09:00", close: String = "17:00", days: [String] = week,
        exceptions: [String: CalendarException] = [:]
    ) -> CalendarError? {
        do {
            _ = try LocalCalendar(
                name: "bad", zone: zone, open: open, close: close, days: days, exceptions: exceptions)
            return nil
        } catch { return error }
    }

    @Test func `what is wrong with a description is said`() {
        #expect(fault() == nil)
        for zone in ["Mars/Base", "", "../../../etc/passwd", "/etc/passwd", "America/", "America", "Europe//Berlin"] {
            #expect(fault(zone: zone) == .unknownZone(zone))
        }
        for time in ["24:00", "9:00", "09:60", "09:00:60", "", "09", "09:00:00:00", "0a:00", "+9:00"] {
            #expect(fault(open: time) == .badTime(time))
            #expect(fault(close: time) == .badTime(time))
            #expect(fault(exceptions: ["2026-01-01": .hours(open: "09:00", close: time)]) == .badTime(time))
        }
        for date in ["2026-02-29", "2026-13-01", "26-01-01", "2026-1-1", "", "2026-01-00", "20260101"] {
            #expect(fault(exceptions: [date: .closed]) == .badDate(date))
        }
        #expect(fault(days: ["mo"]) == .unknownDay("mo"))
        #expect(fault(days: []) == .noDays)
        let date = CivilDate(year: 2026, month: 3, day: 9)
        #expect(fault(exceptions: ["2026-03-09": .hours(open: "10:00", close: "09:30")]) == .overlap(date))
        let many = (0..<1_025).map { ("\(date.adding(days: $0))", CalendarException.closed) }
        let tooMany = CalendarError.tooManyExceptions(count: 1_025, limit: 1_024)
        #expect(fault(exceptions: Dictionary(uniqueKeysWithValues: many)) == tooMany)
    }
}

@Suite struct `All calendars` {
    static let night = try? LocalCalendar(
        name: "night", zone: "America/Nuuk", open: "23:30", close: "23:30",
        days: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"])
    static let thin = try? LocalCalendar(
        name: "thin", zone: "Australia/Lord_Howe", open: "01:45", close: "01:15", days: ["sat", "tue"],
        exceptions: ["2027-04-03": .closed, "2026-10-03": .hours(open: "01:50", close: "02:10")])
    static let all: [any SessionCalendar] =
        Calendars.names.compactMap { Calendars.named($0) } + [night, thin].compactMap { $0 }

    @Test func `the built-in ones are known by name`() {
        #expect(Calendars.names == ["24x7", "us-equities", "us-equities-extended", "cme-index"])
        #expect(Calendars.names.allSatisfy { Calendars.named($0)?.name == $0 })
        #expect(Calendars.named("US-Equities") == nil)
        #expect(Self.all.count == 6)
    }

    @Test(arguments: all) func `sessions are in order, apart, and none is skipped`(calendar: any SessionCalendar) {
        let walk = sessions(of: calendar, from: "2009-12-20T00:00", to: "2035-12-31T00:00")
        #expect(walk.count > 2_000)
        #expect(walk.allSatisfy { $0.open < $0.close })
        #expect(zip(walk, walk.dropFirst()).allSatisfy { $0.close <= $1.open && $0.date < $1.date })
        var generator = SystemIndependentNumbers(state: 42)
        var next = 0
        let span = walk[walk.count - 2].open - walk[0].open
        for offset in (0..<20_000).map({ _ in Int64.random(in: 0..<span, using: &generator) }).sorted() {
            let time = walk[0].open + offset
            while walk[next].close <= time { next += 1 }
            let inside = walk[next].open <= time
            let expected = inside ? SessionPlace.inside(walk[next]) : .outside(next: walk[next])
            guard calendar.place(of: time) == expected else {
                Issue.record("\(calendar.name) at \(time): \(calendar.place(of: time)) is not \(expected)")
                return
            }
        }
    }

    @Test(arguments: all) func `the ends of time are outside or inside, but never a trap`(
        calendar: any SessionCalendar
    ) {
        for time: Int64 in [.min, .min + 1, -1, 0, .max - Timestamp.day, .max - 1, .max] {
            guard case .inside(let session) = calendar.place(of: Timestamp(nanoseconds: time)) else { continue }
            #expect(session.open.nanoseconds <= time && time <= session.close.nanoseconds)
        }
    }
}

/// SplitMix64, so that a test's chance is the same on every run.
private struct SystemIndependentNumbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
