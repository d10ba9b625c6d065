internal import Analytics
internal import Market
internal import Memory
internal import Updates

/// A part of a state that is written down with what it was made by, so that a changed setting costs one part alone.
struct StateSection {
    let name: String
    /// Counted up whenever what the section holds is changed.
    let version: Int
    /// Stands for the settings that it was made by.
    let mark: UInt64
}

// A state written down, and taken back: `sequence`, the sections one behind the other, and the numbers of all topics.
extension SymbolState {
    /// Writes everything down that the state has become, the event `sequence` being the last in it.
    mutating func save(into archive: inout Archive, sequence: UInt64) {
        precondition(archive.isSaving, "A state is saved into an archive that saves.")
        let sections = sections
        var (last, count) = (sequence, sections.count)
        archive.values(&last, &count)
        for section in sections {
            var (name, version, mark) = (section.name, section.version, section.mark)
            archive.text(&name)
            archive.values(&version, &mark)
            archive.part { self.archive(section.name, &$0) }
        }
        var numbers = numbered(archive.numbers)
        SymbolState.archive(&numbers, &archive)
    }

    /// Writes nothing down but the numbers of the topics, as of the event `sequence`: what begins anew counts on.
    mutating func saveNumbers(into archive: inout Archive, sequence: UInt64) {
        save(into: &archive, sequence: sequence)
        var numbers = numbered(archive.numbers)
        archive.removeAll()
        var (last, count) = (sequence, 0)
        archive.values(&last, &count)
        SymbolState.archive(&numbers, &archive)
    }

    private static func archive(_ numbers: inout [TopicNumber], _ archive: inout Archive) {
        archive.list(&numbers, blank: TopicNumber(prefix: "", number: 0)) {
            $1.text(&$0.prefix); $1.value(&$0.number)
        }
    }

    /// Takes back what `save` wrote. The state must be a fresh one; where this throws it must be thrown away.
    ///
    /// A section that is missing, of another version or made by other settings begins anew with the numbers of its
    /// topics going on; what it publishes as it begins goes into `updates`.
    mutating func restore(_ archive: inout Archive, into updates: inout Outbox) throws(ArchiveError) -> Restoration {
        var restoration = Restoration()
        var count = 0
        archive.values(&restoration.sequence, &count)
        var taken: Set<String> = []
        var found: [String: Restoration.Reason] = [:]
        let wanted = sections
        for _ in 0..<max(count, 0) where archive.error == nil {
            let section = SymbolState.header(&archive)
            guard let own = wanted.first(where: { $0.name == section.name }) else {
                restoration.dropped.append(section.name)
                archive.skip()
                continue
            }
            // Everything rests on the state itself, which comes first.
            let isBased = own.name == SymbolState.core || taken.contains(SymbolState.core)
            guard own.version == section.version, own.mark == section.mark, isBased else {
                found[own.name] = own.version == section.version ? .settings : .version
                archive.skip()
                continue
            }
            archive.part { self.archive(own.name, &$0) }
            taken.insert(own.name)
        }
        var numbers: [TopicNumber] = []
        SymbolState.archive(&numbers, &archive)
        try archive.finish()
        restoration.isNumbersAlone = count == 0
        restoration.fresh = wanted.filter { !taken.contains($0.name) }.map {
            Restoration.Fresh(name: $0.name, reason: found[$0.name] ?? .missing)
        }
        begin(restoration, numbers, into: &updates)
        return restoration
    }

    private static func header(_ archive: inout Archive) -> StateSection {
        var (name, version, mark) = ("", 0, UInt64(0))
        archive.text(&name)
        archive.values(&version, &mark)
        return StateSection(name: name, version: version, mark: mark)
    }

    // MARK: Sections

    // With a slash, which no analytic's name has.
    static let core = "core/state"
    private static let bars = "core/bars"
    private static let profile = "core/profile"
    private static let weightedPrice = "core/vwap"
    private static let print = "core/print"
    private static let surroundings = "core/surroundings"
    private static let ends = "core/ends"
    /// Counted up whenever one of the state's own sections holds something else.
    private static let version = 1

    /// The sections of a state with these settings, in the order in which they are written.
    private var sections: [StateSection] {
        let instrument = SettingsMark.of(
            "\(entry.instrument.tick.billionths) \(entry.instrument.sizeStep) \(allowsNegativePrices)")
        func own(_ name: String, _ mark: UInt64) -> StateSection {
            StateSection(name: name, version: SymbolState.version, mark: mark ^ instrument)
        }
        var sections = [own(SymbolState.core, plan.marks.state), own(SymbolState.bars, plan.marks.bars)]
        if hasProfile { sections.append(own(SymbolState.profile, plan.marks.profile)) }
        if plan.keepsWeightedPrice { sections.append(own(SymbolState.weightedPrice, 0)) }
        if extras.contains(.print) { sections.append(own(SymbolState.print, plan.marks.print)) }
        sections.append(own(SymbolState.ends, 0))
        guard let analytics else { return sections }
        sections.append(own(SymbolState.surroundings, UInt64(AnalyticSet.version)))
        for (place, choice) in plan.analytics.choices.enumerated() {
            let mark = plan.marks.analytics[place] ^ instrument
            sections.append(StateSection(name: choice.name, version: analytics.version(place), mark: mark))
        }
        return sections
    }

    private mutating func archive(_ section: String, _ archive: inout Archive) {
        switch section {
        case SymbolState.core: archiveCore(&archive)
        case SymbolState.bars: archiveBars(&archive)
        case SymbolState.profile: profile.archive(&archive)
        case SymbolState.weightedPrice: archive.value(&weightedPrice)
        case SymbolState.print: prints.archive(&archive)
        case SymbolState.ends: archive.value(&endsSeen)
        case SymbolState.surroundings: analytics?.archiveSurroundings(&archive)
        case _:
            guard let place = plan.analytics.choices.firstIndex(where: { $0.name == section }) else { return }
            analytics?.archive(place, &archive)
        }
    }

    // MARK: What begins anew

    private mutating func begin(
        _ restoration: Restoration, _ numbers: [TopicNumber], into updates: inout Outbox
    ) {
        guard !restoration.isWhole else { return }
        let slots = self.slots(numbers)
        let fresh = Set(restoration.fresh.map(\.name))
        if fresh.contains(SymbolState.core) { takeOtherNumbers(slots) }
        if fresh.contains(SymbolState.bars) { beginBars(slots, isInMiddle: !fresh.contains(SymbolState.core)) }
        // Sums without what came before say so until the session's end.
        if inSession, fresh.contains(SymbolState.profile) || fresh.contains(SymbolState.weightedPrice) {
            shownQuality.isApproximate = true
        }
        beginAnalytics(fresh, slots, into: &updates)
        // Whatever is due is found anew at the next event.
        expect(.min)
    }

    private mutating func beginAnalytics(
        _ fresh: Set<String>, _ slots: [UInt64: UInt64], into updates: inout Outbox
    ) {
        guard let analytics else { return }
        if fresh.contains(SymbolState.surroundings) { analytics.begin(session, isInSession: inSession, bookState) }
        analytics.setGaps(ledger, cleanSince: cleanSince)
        analytics.forgetFindings()
        for (place, choice) in plan.analytics.choices.enumerated() where fresh.contains(choice.name) {
            var numbering = Archive(numbering: slots)
            analytics.archive(place, &numbering)
            if inSession { analytics.open(place, &updates) }
        }
        (nextBoard, nextBoardProfile) = (.min, .min)
    }
}
