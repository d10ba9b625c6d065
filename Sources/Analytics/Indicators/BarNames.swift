internal import Graph

/// The names of bars that a setting lists.
enum BarNames {
    /// One name or several; widths are written as their shortest form, so that `60s` and `1m` are the same bars.
    static func read(_ reader: inout SettingsReader) -> [String] {
        let meaning = "The bars to follow, one name or several: a width such as 1m, or bars of another kind, tick/100"
        let written = reader.texts("bars", default: ["1m"], meaning: meaning)
        var names: [String] = []
        for text in written {
            guard let name = name(text) else {
                reader.fault(
                    at: "bars", problem: "one of the names is no name of bars",
                    remedy: "Write a width, 1s to 1d, or a name such as tick/100")
                continue
            }
            guard !names.contains(name) else {
                reader.fault(at: "bars", problem: "\(name) stands there twice", remedy: "Write each name once")
                continue
            }
            names.append(name)
        }
        if written.isEmpty { reader.fault(at: "bars", problem: "the list is empty", remedy: "Write at least one name") }
        return names
    }

    /// The name under which the bars are made; nil for what cannot be one.
    private static func name(_ text: String) -> String? {
        if let width = DurationText.duration(text) {
            return width >= .seconds(1) && width <= .seconds(86_400) ? DurationText.text(width) : nil
        }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let isName =
            parts.count <= 4 && text.utf8.count <= 48 && text.utf8.first.map { (97...122).contains($0) } == true
        guard isName, parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(isPermitted) }) else { return nil }
        return text
    }

    private static func isPermitted(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (97...122).contains(byte) || byte == 45 || byte == 46
    }
}
