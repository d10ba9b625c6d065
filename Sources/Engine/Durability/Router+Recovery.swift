internal import Journal
internal import Market
internal import Memory
internal import Rings
internal import Updates

// After a restart: what the journal holds goes the way of all events once more, behind what each state remembers.
extension Router {
    /// Plays the source's journal again from the oldest snapshot on, and keeps from now on what comes.
    mutating func recover(_ keeping: SourceKeeping, as resumption: Resumption) throws {
        let writer = try JournalWriter(
            opening: keeping.folder, content: .events, settings: keeping.settings, newId: keeping.newId())
        if let repair = writer.repair { keeping.tell(RepairText.text(repair)) }
        var reader = try JournalReader(opening: keeping.folder)
        let last = try Router.lastEvent(of: &reader, head: writer.head)
        let ended = try Router.ended(in: &reader, behind: last.number)
        isRecovering = true
        let begin = try admit(
            writer.definitions, keeping, JournalPlace(journal: writer.id, position: writer.head), last.number)
        // Without lanes nobody here has a state: whoever has one reads the journal from where he needs it.
        if hasLanes {
            try reader.seek(behind: begin)
            keeping.toPlay.add(Int(writer.head - begin))
            try replay(&reader, keeping.played)
        }
        flush()
        isRecovering = false
        controlsTold = controls.count
        resume(resumption, behind: last)
        (self.ended, endedAt) = (ended, last.number)
        let id = writer.id
        journal = EventJournal(writer, progress: keeping.progress)
        // States that have not taken everything yet lie further behind than a snapshot would say.
        if !stopping.isRaised { keeping.noteOpen(id) }
    }

    /// The last event in a journal: its number and time.
    private static func lastEvent(
        of reader: inout JournalReader, head: UInt64
    ) throws -> (number: UInt64, time: Timestamp) {
        var last: (number: UInt64, time: Timestamp) = (0, Timestamp(nanoseconds: 0))
        guard head > 0 else { return last }
        try reader.seek(behind: head - 1)
        _ = try reader.next { batch, bytes in
            let event = RecordReader.event(in: bytes, at: 0)
            last = (event.sequence, max(event.venueTime, batch.latest))
        }
        return last
    }

    /// The symbols that were told of their input's end behind the last event: each once, so that no more records than
    /// symbols have to be looked at.
    private static func ended(in reader: inout JournalReader, behind number: UInt64) throws -> Set<UInt32> {
        let symbols = try reader.lastDefinitions().count { $0.kind == .symbol }
        try reader.seek(behind: reader.head - min(reader.head, UInt64(symbols)))
        var ended: Set<UInt32> = []
        while try reader.next({ batch, bytes in
            for index in 0..<batch.count {
                let event = RecordReader.event(in: bytes, at: index)
                guard event.sequence == number, event.kind == .control, event.controlAction == .endOfInput else {
                    continue
                }
                ended.insert(event.symbol)
            }
        }) {}
        return ended
    }

    /// Names the symbols of the journal in their order; returns the position behind which events must come again.
    mutating func admit(
        _ definitions: [JournalDefinition], _ keeping: SourceKeeping, _ place: JournalPlace, _ lastNumber: UInt64
    ) throws -> UInt64 {
        // Without lanes the snapshots are those of another process.
        if hasLanes {
            sources.snapshots = SnapshotChoice(
                folder: keeping.snapshots, journal: place, sequence: lastNumber, tell: keeping.tell)
        }
        sources.journal = place.journal
        keeping.identify(place.journal)
        var begin = place.position
        for definition in definitions where definition.kind == .symbol {
            guard let symbol = SymbolDefinition(definition.bytes) else { continue }
            _ = directory.entry(for: symbol.name)
        }
        sources.snapshots = nil
        for known in sources.places { begin = min(begin, known.snapshot?.place.position ?? 0) }
        keeping.noteBegin(begin)
        learnRoutes()
        return begin
    }

    /// Routes what a journal holds as it stands, less what the snapshots hold.
    private mutating func replay(_ reader: inout JournalReader, _ played: Tally) throws {
        let snapshots = sources.places.map { $0.snapshot?.sequence ?? 0 }
        while !stopping.isRaised {
            let hasMore = try reader.next { batch, bytes in
                for index in 0..<batch.count {
                    let event = RecordReader.event(in: bytes, at: index)
                    let known = Int(event.symbol) < snapshots.count ? snapshots[Int(event.symbol)] : 0
                    guard event.sequence > known || isTold(event, behind: known) else { continue }
                    sequence = event.sequence
                    put(event)
                }
                played.add(batch.count)
            }
            guard hasMore else { return }
        }
    }

    /// What the router says itself bears the number of the event before it: a state knows what it was told already.
    func isTold(_ event: MarketEvent, behind known: UInt64) -> Bool {
        event.sequence == known && event.kind == .control
    }

    mutating func resume(
        _ resumption: Resumption, behind last: (number: UInt64, time: Timestamp)
    ) {
        journaledTime = last.time
        switch resumption {
        case .again:
            sequence = 0
            journaled = last.number
            sources.nameAgain()
        case .onward:
            sequence = last.number
            gapTime = last.number > 0 ? last.time : nil
            sources.nameAll()
        }
    }

    /// Says to every symbol that events are missing since the journal's last one.
    mutating func declareGap() {
        guard let time = gapTime else { return }
        gapTime = nil
        sequence &+= 1
        for symbol in 0..<symbolCount {
            put(
                .gap(
                    symbol: UInt32(symbol), venueTime: time, receiveTime: Timestamp(nanoseconds: 0), cause: .restart,
                    first: sequence, last: sequence, count: 0))
        }
        publish()
    }
}

/// What the repair of a journal has cut away, for the operator.
enum RepairText {
    static func text(_ repair: JournalRepair) -> String {
        "\(repair.file): \(repair.removedBytes) bytes of an unfinished batch are cut away behind position "
            + "\(repair.position)"
    }
}

extension Router {
    /// Hands over what is left, and says why nothing was published any more where that is so.
    mutating func close() throws {
        publish()
        if failure == nil { try journal?.sync() }
        if let failure { throw failure }
    }
}
