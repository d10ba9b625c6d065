/// A number that stands for settings: equal for equal ones, in every run of the program.
///
/// It is taken over the names and values of all stored properties, so that a setting that is added later counts too.
enum SettingsMark {
    static func of(_ settings: Any) -> UInt64 {
        var text = ""
        write(settings, to: &text)
        return of(text)
    }

    /// FNV-1a of 64 bits: a few settings tell apart well by it, and nobody makes them collide but for harm to himself.
    static func of(_ text: String) -> UInt64 {
        text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    }

    private static func write(_ value: Any, to text: inout String) {
        // Its mirror shows nothing of it.
        if let weights = value as? InlineArray<7, Double> {
            for index in weights.indices { text += "\(weights[index])," }
            return
        }
        let mirror = Mirror(reflecting: value)
        guard !mirror.children.isEmpty else {
            text += "\(value);"
            return
        }
        text += "("
        // What has no order of its own gets one.
        let isUnordered = mirror.displayStyle == .set || mirror.displayStyle == .dictionary
        var parts = mirror.children.map { child in
            var part = child.label.map { "\($0):" } ?? ""
            write(child.value, to: &part)
            return part
        }
        if isUnordered { parts.sort() }
        text += parts.joined() + ")"
    }
}
