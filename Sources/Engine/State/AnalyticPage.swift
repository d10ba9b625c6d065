internal import Analytics
public import Graph

/// What `millrace kinds` says of an analytic that a symbols node may list.
public struct AnalyticPage: Sendable {
    public let name: String
    /// One sentence.
    public let meaning: String
    /// Its settings as a symbols node may have them: valid JSON.
    public let example: String
    public let fields: [SettingField]

    /// Every analytic: those that the state itself computes, then those of the catalogue.
    public static var all: [AnalyticPage] {
        let own = AnalyticName.allCases.map {
            AnalyticPage(name: $0.rawValue, meaning: $0.meaning, example: $0.example, fields: $0.fields)
        }
        let listed = AnalyticCatalogue.all.map {
            AnalyticPage(name: $0.name, meaning: $0.meaning, example: $0.example, fields: $0.fields)
        }
        return own + listed
    }
}
