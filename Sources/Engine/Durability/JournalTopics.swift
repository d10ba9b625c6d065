internal import Analytics
internal import Journal
internal import Updates

/// The topics of a journal of updates: a slot keeps its topic for as long as the journal lives, whatever a topology's
/// nodes publish from run to run.
struct JournalTopics: Sendable {
    /// By slot.
    private(set) var topics: [TopicDefinition]

    init(_ definitions: [JournalDefinition]) {
        var topics: [TopicDefinition] = []
        for definition in definitions where definition.kind == .topic {
            guard let topic = TopicDefinition(definition.bytes), Int(definition.key) == topics.count else { continue }
            topics.append(topic)
        }
        self.topics = topics
    }

    /// The slot of each topic of a table; what is new gets the next one.
    mutating func slots(of table: TopicTable) -> [UInt16] {
        table.entries.map { entry in
            let topic = TopicDefinition(entry)
            if let slot = topics.firstIndex(of: topic) { return UInt16(slot) }
            topics.append(topic)
            return UInt16(topics.count - 1)
        }
    }

    /// What is new gets the next slots.
    mutating func add(_ others: [TopicDefinition]) {
        for topic in others where !topics.contains(topic) { topics.append(topic) }
    }

    var definitions: [JournalDefinition] { topics.enumerated().map { $1.definition(of: UInt32($0)) } }

    /// Layouts by slot, as far as this program knows them; a slot of none is published under another name and skipped.
    var table: (table: TopicTable, known: [Bool]) {
        let layouts = topics.map { topic in
            AnalyticLayouts.all.first { $0.template == topic.template && $0.size == Int(topic.layoutSize) }
        }
        let entries = zip(topics, layouts).map { topic, layout in
            TopicEntry(prefix: topic.prefix, layout: layout ?? CandleUpdate.layout)
        }
        return (TopicTable(entries), layouts.map { $0 != nil })
    }
}

extension TopicDefinition {
    init(_ entry: TopicEntry) {
        self.init(prefix: entry.prefix, template: entry.layout.template, layoutSize: UInt16(entry.layout.size))
    }
}
