/// The calendars that need no description of their own.
public enum Calendars {
    private static let builtIn: [any SessionCalendar] = [
        AroundTheClock(), USEquities(.regular), USEquities(.extended), CMEIndex(),
    ]

    /// The names that `named(_:)` knows, in the order of a help page.
    public static var names: [String] { builtIn.map(\.name) }

    public static func named(_ name: String) -> (any SessionCalendar)? { builtIn.first { $0.name == name } }
}
