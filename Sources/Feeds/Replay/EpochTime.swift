internal import Market

/// A count since 1970 in a unit that nobody wrote down.
enum EpochTime {
    /// The instant of a whole number whose size tells its unit: seconds below 10^11 (the year 5138), milliseconds below
    /// 10^14, microseconds below 10^17, else nanoseconds. Nil below zero and above what a time can hold.
    static func guessed(_ value: Int64) -> Timestamp? {
        let factor: Int64
        switch value {
        case ..<0: return nil
        case ..<100_000_000_000: factor = 1_000_000_000
        case ..<100_000_000_000_000: factor = 1_000_000
        case ..<100_000_000_000_000_000: factor = 1_000
        default: factor = 1
        }
        let (nanoseconds, overflow) = value.multipliedReportingOverflow(by: factor)
        return overflow ? nil : Timestamp(nanoseconds: nanoseconds)
    }
}
