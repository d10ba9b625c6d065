internal import Analytics
public import Graph
internal import Journal
internal import Market
internal import Memory

/// One message of a control source: new settings for analytics, for some symbols, from some instant on.
public struct ControlRequest: NodeSettings {
    public private(set) var records: [ControlRecord]

    public init(reading reader: inout SettingsReader) {
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
    public static func read(_ bytes: [UInt8]) throws(ControlFault) -> ControlRequest {
        let value: JSONValue
        do { value = try JSONParser.parse(bytes) } catch { throw ControlFault(text: "not JSON: \(error)") }
        guard value.members != nil else { throw ControlFault(text: "not an object") }
        var (request, faults) = SettingsReader.read(
            ControlRequest.self, from: SettingsObject(value, path: .root))
        guard faults.isEmpty else { throw ControlFault(text: faults.map(\.description).joined(separator: "\n")) }
        request.records = request.records.enumerated().map { part, record in
            ControlRecord(
                symbols: record.symbols, start: record.start, choice: record.choice, request: bytes, part: part)
        }
        return request
    }
}

/// Why a message of a control source was refused, for whoever sent it.
public struct ControlFault: Error, CustomStringConvertible {
    let text: String
    public init(text: String) { self.text = text }
    public var description: String { text }
}

extension ControlRecord {
    /// The record as a journal keeps it: its part of the request, then the request.
    func definition(of place: UInt32) -> JournalDefinition {
        var buffer = ByteBuffer(capacity: request.count + 8)
        buffer.append(UInt32(part))
        request.withRawSpan { buffer.append($0) }
        return JournalDefinition(kind: .control, key: place, bytes: buffer.withBytes { $0.array })
    }

    /// Reads it back; nil where this program cannot read the request any more.
    init?(_ definition: JournalDefinition) {
        guard definition.bytes.count > 4 else { return nil }
        let part = definition.bytes.withRawSpan { Int($0.integer(at: 0, as: UInt32.self)) }
        let request = try? ControlRequest.read(Array(definition.bytes[4...]))
        guard let records = request?.records, records.indices.contains(part) else { return nil }
        self = records[part]
    }
}
