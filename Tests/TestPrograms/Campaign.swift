import Foundation

/// How hard tests with chance try, and from which seed on.
public enum Campaign {
    /// 1, or what MILLRACE_CAMPAIGN says: rounds are multiplied by it.
    public static let factor = number("MILLRACE_CAMPAIGN", atLeast: 1)
    /// 0, or what MILLRACE_SEED says: added to every seed, so that another campaign sees other inputs.
    public static let seed = UInt64(number("MILLRACE_SEED", atLeast: 0))

    /// Rounds of a test that is too heavy for a quick run: `few` there, `each` for every step of a campaign.
    public static func rounds(_ few: Int, each: Int) -> Int { factor == 1 ? few : each * factor }

    private static func number(_ name: String, atLeast least: Int) -> Int {
        max(Int(ProcessInfo.processInfo.environment[name] ?? "") ?? least, least)
    }
}
