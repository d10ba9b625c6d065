internal import Analytics
internal import Engine
internal import Graph
internal import Market

/// One message of a control source: new settings for analytics, for some symbols, from some instant on.
struct ControlRequest: NodeSettings {
    let records: [ControlRecord]

    init(reading reader: inout SettingsReader) {
        let symbols = reader.optionalSymbols("symbols", meaning: "The symbols that are meant; without it all")
        let start = reader.parsedText(
            "at", type: "time", required: false, meaning: "Venue time from which on it holds; without it at once",
            remedy: "Write UTC as in 2026-03-09T13:30:00Z"
        ) { Timestamp(text: $0) }
        let names = AnalyticCatalogue.all.filter(\.changesWhileRunning).map(\.name)
        let choices = reader.objects(
            "analytics", among: names, meaning: "The analytics with all their settings, as in a topology"
        ) { name, nested in AnalyticCatalogue.all.first { $0.name == name }?.read(&nested) }
        records = choices.compactMap { choice in
            choice.value.map { ControlRecord(symbols: symbols ?? [.any], start: start, choice: $0) }
        }
        if choices.isEmpty {
            reader.fault(
                problem: "it changes nothing", remedy: "Write \"analytics\": { \"signals\": { … } } with new settings")
        }
    }

    /// Reads a message.
    /// - Throws: `ControlFault` with everything that is wrong with it.
    static func read(_ bytes: [UInt8]) throws(ControlFault) -> ControlRequest {
        let value: JSONValue
        do { value = try JSONParser.parse(bytes) } catch { throw ControlFault(text: "not JSON: \(error)") }
        guard value.members != nil else { throw ControlFault(text: "not an object") }
        let (request, faults) = SettingsReader.read(
            ControlRequest.self, from: SettingsObject(value, path: .root))
        guard faults.isEmpty else { throw ControlFault(text: faults.map(\.description).joined(separator: "\n")) }
        return request
    }
}

/// Why a message of a control source was refused, for whoever sent it.
struct ControlFault: Error, CustomStringConvertible {
    let text: String
    var description: String { text }
}
