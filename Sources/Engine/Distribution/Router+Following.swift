internal import Journal
internal import Market
internal import Memory
internal import Rings
internal import Updates

// The events of a source in another process: its journal goes the way of all events here, behind what each state
// remembers, for as long as the source makes more.
extension Router {
    /// Reads a source's journal until its writer has ended or the run is to end.
    mutating func follow(_ journal: any ReadableJournal, _ keeping: SourceKeeping) throws {
        isFollowing = true
        controlsTold = controls.count
        while !journal.isOpen {
            guard !stopping.isRaised else { return }
            try journal.wait(atMost: FollowLimits.wait)
        }
        var symbols = FollowedSymbols()
        let begin = try admit(
            symbols.wanted(of: journal.definitions, sources), keeping,
            JournalPlace(journal: journal.id, position: journal.head), UInt64.max)
        let snapshots = sources.places.map { $0.snapshot?.sequence ?? 0 }
        try journal.seek(behind: sources.places.isEmpty ? 0 : begin)
        keeping.beginFollowing(journal.id, behind: journal.position)
        while !stopping.isRaised {
            if try take(journal, &symbols, snapshots, keeping) { continue }
            keeping.noteSynced(journal.synced)
            if journal.isEnded, journal.position >= journal.head { return }
            try journal.wait(atMost: FollowLimits.wait)
        }
    }

    /// Takes the next records; false where there are none for now.
    private mutating func take(
        _ journal: any ReadableJournal, _ symbols: inout FollowedSymbols, _ snapshots: [UInt64],
        _ keeping: SourceKeeping
    ) throws -> Bool {
        var events: [MarketEvent] = []
        let hasMore = try journal.next { batch, bytes in
            for index in 0..<batch.count { events.append(RecordReader.event(in: bytes, at: index)) }
        }
        guard hasMore else { return false }
        try symbols.learn(journal.definitions, sources)
        controls.recall(from: symbols.newControls(journal.definitions))
        controlsTold = controls.count
        var handed = 0
        for event in events {
            guard let symbol = symbols.index(of: event.symbol) else { continue }
            let known = Int(symbol) < snapshots.count ? snapshots[Int(symbol)] : 0
            guard event.sequence > known || isTold(event, behind: known) else { continue }
            var own = event
            own.symbol = symbol
            sequence = event.sequence
            put(own)
            handed += 1
        }
        flush()
        keeping.noteFollowed(journal.position, events: handed)
        keeping.noteSynced(journal.synced)
        journal.hold(UInt64(keeping.progress.spare.value))
        return true
    }
}

enum FollowLimits {
    /// One wait for a writer in another process, which ends as soon as something comes: so late a stop is noticed.
    static let wait: Int64 = 50_000_000
}

/// The symbols of a journal as this process numbers them.
struct FollowedSymbols {
    private var indices: [UInt32?] = []
    private var known = 0
    /// Definitions that have been looked at for changes of settings.
    private var looked = 0

    /// The definitions of the symbols that are wanted here, in the journal's order.
    func wanted(of definitions: [JournalDefinition], _ directory: SourceDirectory) -> [JournalDefinition] {
        definitions.filter { definition in
            guard definition.kind == .symbol, let symbol = SymbolDefinition(definition.bytes) else { return false }
            return directory.wants(symbol.name)
        }
    }

    /// Names the symbols that have come since.
    mutating func learn(_ definitions: [JournalDefinition], _ directory: SourceDirectory) throws {
        guard definitions.count > known else { return }
        defer { known = definitions.count }
        for definition in definitions.dropFirst(known) where definition.kind == .symbol {
            while indices.count <= definition.key { indices.append(nil) }
            guard let symbol = SymbolDefinition(definition.bytes) else { continue }
            let entry = directory.entry(for: symbol.name)
            indices[Int(definition.key)] = entry?.index
            guard let entry, entry.instrument.sizeStep != symbol.sizeStep else { continue }
            throw SizeStepDiffers(symbol: symbol.name, there: symbol.sizeStep, here: entry.instrument.sizeStep)
        }
    }

    /// The changes of settings that have come since.
    mutating func newControls(_ definitions: [JournalDefinition]) -> [JournalDefinition] {
        guard definitions.count > looked else { return [] }
        defer { looked = definitions.count }
        return definitions.dropFirst(looked).filter { $0.kind == .control }
    }

    func index(of recorded: UInt32) -> UInt32? {
        Int(recorded) < indices.count ? indices[Int(recorded)] : nil
    }
}

/// Two processes count a symbol's sizes in different steps: they run different topology files.
struct SizeStepDiffers: Error, CustomStringConvertible {
    let symbol: String
    let there: Int64
    let here: Int64

    var description: String {
        "the size step of \(symbol) is \(there) billionths in the process of its source and \(here) here; start both "
            + "with the same topology"
    }
}
