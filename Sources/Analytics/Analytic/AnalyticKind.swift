public import Graph
public import Market
public import Updates

/// A kind of analytic: what a topology may say of it, and how it is made.
public struct AnalyticKind: Sendable {
    public let name: String
    /// One sentence for `millrace kinds`.
    public let meaning: String
    public let example: String
    public let layouts: [UpdateLayout]
    public let changesWhileRunning: Bool
    /// Reads its settings; the reader keeps the faults.
    public let read: @Sendable (inout SettingsReader) -> AnalyticChoice

    public init<Content: Analytic & ~Copyable>(_ type: Content.Type) {
        name = Content.name
        meaning = Content.meaning
        example = Content.example
        layouts = Content.layouts
        changesWhileRunning = Content.changesWhileRunning
        read = { reader in AnalyticChoice(type, Content.Settings(reading: &reader)) }
    }

    /// Its settings, for documents.
    public var fields: [SettingField] { SettingsReader.fields { _ = read(&$0) } }
}

/// An analytic that a symbols node lists, with its settings.
public struct AnalyticChoice: Sendable {
    public let name: String
    public let settings: any NodeSettings
    public let interests: Interests
    public let topics: [TopicEntry]
    /// The names of the bars that it asks for, and of those that it makes.
    public let bars: [String]
    public let makes: [String]
    /// Whether it takes new settings while it runs.
    public let changesWhileRunning: Bool
    private let make: @Sendable (AnalyticPlace) -> AnalyticSlot

    public init<Content: Analytic & ~Copyable>(_ type: Content.Type, _ settings: Content.Settings) {
        name = Content.name
        self.settings = settings
        interests = Content.interests
        topics = Content.topics(settings)
        bars = Content.bars(settings)
        makes = Content.makes(settings)
        changesWhileRunning = Content.changesWhileRunning
        make = { place in Slot(Content(settings, at: place)) }
    }

    func slot(at place: AnalyticPlace) -> AnalyticSlot { make(place) }
}

/// The analytics of one symbols node: which, in what order, on which topics, and with which bars between them.
public struct AnalyticPlan: Sendable {
    public let choices: [AnalyticChoice]
    /// The names of all bars that anybody asks for or makes, in the order of `FinishedBar.name`.
    public let bars: [String]
    /// The topics of all analytics, in order; their slots follow each other.
    public let topics: [TopicEntry]
    public let interests: Interests

    /// `choices` stand in the catalogue's order.
    public init(_ choices: [AnalyticChoice]) {
        self.choices = choices
        var names: [String] = []
        for name in choices.flatMap({ $0.makes + $0.bars }) where !names.contains(name) { names.append(name) }
        bars = names
        topics = choices.flatMap(\.topics)
        interests = choices.reduce(into: []) { $0.formUnion($1.interests) }
    }

    public var isEmpty: Bool { choices.isEmpty }

    /// The bars that the symbol's state must make: those that no analytic makes.
    public var stateBars: [String] {
        let made = Set(choices.flatMap(\.makes))
        return bars.filter { !made.contains($0) }
    }

    /// The analytics of one symbol; its topics begin at `firstSlot` of the node's table.
    public func makeSet(symbol: UInt32, instrument: Instrument, firstSlot: Int) -> AnalyticSet {
        var next = firstSlot
        var slots: [AnalyticSlot] = []
        for choice in choices {
            let channels = choice.topics.enumerated().map { index, topic in
                Channel(slot: UInt16(next + index), template: topic.layout.template)
            }
            next += channels.count
            slots.append(choice.slot(at: AnalyticPlace(instrument: instrument, channels: channels, bars: bars)))
        }
        let wanted = bars.map { name in
            zip(choices, slots).filter { $0.0.bars.contains(name) && $0.0.interests.contains(.bars) }.map(\.1)
        }
        return AnalyticSet(
            slots, bars: wanted, surroundings: Surroundings(symbol: symbol, instrument: instrument))
    }
}
