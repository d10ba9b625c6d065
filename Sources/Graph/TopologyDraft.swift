internal import Market

/// The file's top level as it stands: each part read, nothing yet compared with anything else.
struct TopologyDraft: NodeSettings {
    struct EdgeDraft {
        let settings: SettingsObject
        let from: String
        let to: String
        let topics: [String]?
        let delivery: Delivery?
        let symbols: SymbolSet?
    }

    let data: DataDefinition?
    let status: (object: SettingsObject, definition: StatusDefinition)?
    let defaults: JSONValue?
    let instruments: [(object: SettingsObject, definition: InstrumentDefinition)]
    let calendars: [(object: SettingsObject, definition: CalendarDefinition)]
    let processes: [(object: SettingsObject, definition: ProcessDefinition)]
    let nodes: JSONValue?
    let edges: [EdgeDraft]

    init(reading reader: inout SettingsReader) {
        TopologyDraft.checkVersion(&reader)
        data = reader.optionalObject("data", meaning: "Where the run keeps what must outlive it; nothing without it") {
            DataDefinition(reading: &$0)
        }
        status = reader.optionalObject("status", meaning: "Where the run tells over HTTP how it is; nowhere without it")
        { ($0.settings, StatusDefinition(reading: &$0)) }
        defaults = reader.value(
            "defaults", type: "object by kind", required: false,
            meaning: "Settings of every node of a kind that does not set them itself")
        instruments = reader.objects("instruments", meaning: "Instruments by name or pattern") { name, reader in
            (reader.settings, InstrumentDefinition(pattern: name, reading: &reader))
        }.map(\.value)
        calendars = reader.objects("calendars", meaning: "Trading calendars of your own") { name, reader in
            (reader.settings, CalendarDefinition(name: name, reading: &reader))
        }.map(\.value)
        processes = reader.objects("processes", meaning: "Which process runs what; one runs all without it") {
            name, reader in (reader.settings, ProcessDefinition(name: name, reading: &reader))
        }.map(\.value)
        nodes = reader.value(
            "nodes", type: "object of objects by name", required: true,
            meaning: "Each node by its name, with its kind and the kind's settings")
        edges = reader.objectList("edges", meaning: "Who feeds whom") { EdgeDraft(reading: &$0) }
    }

    private static func checkVersion(_ reader: inout SettingsReader) {
        let version = reader.value(
            "millrace", type: "integer", required: true, meaning: "The version of the file's format, 1")
        guard let version else { return }
        if case .number("\(Topology.version)") = version.content { return }
        reader.fault(
            at: "millrace", problem: "\(version.shown) is no version that this program reads",
            remedy: "Write \(Topology.version)")
    }
}

extension TopologyDraft.EdgeDraft {
    init(reading reader: inout SettingsReader) {
        settings = reader.settings
        from = reader.text("from", default: nil, meaning: "The node that feeds")
        to = reader.text("to", default: nil, meaning: "The node that is fed")
        let hasTopics = reader.has("topics")
        let topics = reader.texts(
            "topics", default: [], meaning: "Prefixes of the topics to pass on, each ending in a slash; all without it")
        if hasTopics, reader.settings["topics"]?.elements?.isEmpty == true {
            reader.fault(at: "topics", problem: "the list is empty", remedy: "Name a topic, or leave it out for all")
        }
        self.topics = hasTopics ? topics : nil
        let hasDelivery = reader.has("delivery")
        let delivery = reader.choice(
            "delivery", default: Delivery.latest,
            meaning: "latest keeps one value per topic where a reader is slow, lossless keeps all")
        self.delivery = hasDelivery ? delivery : nil
        symbols = reader.optionalSymbols("symbols", meaning: "The symbols to pass on; all without it")
            .map { SymbolSet($0) }
    }
}
