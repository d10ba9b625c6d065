/// The holidays of the New York Stock Exchange by its Rule 7.2, as it has published them since 2010.
///
/// Before 2010 and after the last published year the same rules simply go on.
enum ExchangeHolidays {
    /// Days on which the exchange did not open for a reason that no rule foresees: the storm of October 2012, and the
    /// days of mourning for Presidents Bush (2018) and Carter (2025).
    private static let specialClosures: Set<Int32> = [20121029, 20121030, 20181205, 20250109]

    static func isTradingDay(_ date: CivilDate) -> Bool {
        !isWeekend(date) && !isHoliday(date) && !specialClosures.contains(date.number)
    }

    static func isWeekend(_ date: CivilDate) -> Bool { date.weekday == 0 || date.weekday == 6 }

    /// Trading ends at 13:00 on the day after Thanksgiving and, from Monday to Thursday, on July 3 and December 24. On
    /// a Friday those two are the observed holiday itself; July 3 on a Sunday has the holiday on Monday.
    static func isHalfDay(_ date: CivilDate) -> Bool {
        switch (date.month, date.day) {
        case (7, 3), (12, 24): (1...4).contains(date.weekday)
        case (11, _): date.adding(days: -1) == CivilDate.nth(4, 4, of: 11, in: date.year)
        default: false
        }
    }

    static func isHoliday(_ date: CivilDate) -> Bool {
        let year = date.year
        return switch date.month {
        case 1: isNewYear(date) || date == CivilDate.nth(3, 1, of: 1, in: year)
        case 2: date == CivilDate.nth(3, 1, of: 2, in: year)
        case 3, 4: isGoodFriday(date)
        case 5: date == CivilDate.last(1, of: 5, in: year)
        case 6: year >= 2022 && isObserved(date, month: 6, day: 19)
        case 7: isObserved(date, month: 7, day: 4)
        case 9: date == CivilDate.nth(1, 1, of: 9, in: year)
        case 11: date == CivilDate.nth(4, 4, of: 11, in: year)
        case 12: isChristmas(date)
        default: false
        }
    }

    /// On a Saturday New Year is not moved to Friday: that Friday ends the year's accounting, and trading goes on.
    static func isNewYear(_ date: CivilDate) -> Bool {
        date.month == 1 && (date.day == 1 || date.day == 2 && date.weekday == 1)
    }

    static func isChristmas(_ date: CivilDate) -> Bool { isObserved(date, month: 12, day: 25) }

    static func isGoodFriday(_ date: CivilDate) -> Bool { date == easter(in: date.year).adding(days: -2) }

    /// A holiday on Saturday is kept on Friday, one on Sunday on Monday.
    private static func isObserved(_ date: CivilDate, month: Int, day: Int) -> Bool {
        let holiday = CivilDate(year: date.year, month: month, day: day)
        return switch holiday.weekday {
        case 6: date == holiday.adding(days: -1)
        case 0: date == holiday.adding(days: 1)
        default: date == holiday
        }
    }

    /// Easter Sunday of the Gregorian calendar, by the computus of Meeus, Jones and Butcher.
    static func easter(in year: Int) -> CivilDate {
        let golden = year % 19
        let (century, yearOfCentury) = year.quotientAndRemainder(dividingBy: 100)
        let correction = (century - (century + 8) / 25 + 1) / 3
        let epact = (19 * golden + century - century / 4 - correction + 15) % 30
        let weekday = (32 + 2 * (century % 4) + 2 * (yearOfCentury / 4) - epact - yearOfCentury % 4) % 7
        let late = (golden + 11 * epact + 22 * weekday) / 451
        let (month, day) = (epact + weekday - 7 * late + 114).quotientAndRemainder(dividingBy: 31)
        return CivilDate(year: year, month: month, day: day + 1)
    }
}
