internal import Engine
internal import Journal
internal import Market
internal import Memory
internal import Rings
internal import Updates
internal import ZeroMQ

/// One reader of one journal, as the serving process knows it.
final class LinkSession {
    let journal: ServedJournal
    let reader: ServedReader
    /// The reader's process.
    let token: UInt64
    private(set) var lastAsked: Int64 = 0
    /// The question that has no answer yet, who asked it, and since when.
    var waiting: (question: LinkQuestion, asked: AskedQuestion, since: Int64)?
    private var file: OpenFile?
    /// The journal's id, once it was read here.
    private var id: UInt64?
    private var records = ByteBuffer(capacity: 1 << 16)

    /// The place in the files, and what has been told from there.
    private final class OpenFile {
        var reader: JournalReader
        var told: [JournalDefinition] = []
        /// By index, whether the symbol is wanted; and how many definitions have been looked at for it.
        var wanted: [Bool?] = []
        var judged = 0

        init(_ reader: consuming JournalReader) { self.reader = reader }
    }

    init(_ journal: ServedJournal, _ reader: ServedReader, token: UInt64) {
        self.journal = journal
        self.reader = reader
        self.token = token
    }

    func note(_ question: LinkQuestion, _ asked: AskedQuestion, at time: Int64) {
        lastAsked = time
        waiting = (question, asked, time)
        // What was kept of another journal says nothing of this one.
        if let id, question.journal == id { journal.note(reader, held: question.held) }
    }

    /// When the question that waits is to be answered; nil where none does.
    func due(at time: Int64) -> Int64? {
        guard let (question, _, since) = waiting else { return nil }
        guard !hasNews(for: question) else { return time }
        return since + min(Int64(question.patience) * 1_000_000, LinkLimits.patience)
    }

    private func hasNews(for question: LinkQuestion) -> Bool {
        if question.flags & LinkQuestion.looking != 0 { return journal.progress.opening.isRaised }
        return journal.progress.head.value > Int(clamping: question.after) || journal.progress.ending.isRaised
    }

    func answer(to question: LinkQuestion) -> LinkAnswer {
        guard journal.progress.opening.isRaised else { return LinkAnswer(.waiting, to: question.number) }
        do {
            return try question.flags & LinkQuestion.looking != 0 ? look(question) : read(question)
        } catch JournalError.trimmed(let oldest) {
            file = nil
            var answer = LinkAnswer(.trimmed, to: question.number)
            answer.oldest = oldest
            return answer
        } catch JournalError.ahead(let head) {
            file = nil
            var answer = LinkAnswer(.ahead, to: question.number)
            answer.head = head
            return answer
        } catch {
            file = nil
            var answer = LinkAnswer(.refused, to: question.number)
            answer.text = "cannot read its journal: \(error)"
            return answer
        }
    }

    /// What the journal is like, with all that its indices mean.
    private func look(_ question: LinkQuestion) throws -> LinkAnswer {
        var reader = try JournalReader(opening: journal.folder)
        let definitions = try reader.lastDefinitions()
        var answer = state(to: question, reader.id, oldest: reader.oldest)
        answer.definitions = definitions
        file = nil
        return answer
    }

    private func state(to question: LinkQuestion, _ id: UInt64, oldest: UInt64) -> LinkAnswer {
        var answer = LinkAnswer(.whole, to: question.number)
        self.id = id
        // Before the head: what is written between these two lines comes with the next answer.
        answer.isEnded = journal.progress.ending.isRaised
        answer.journal = id
        answer.beginning = UInt64(journal.progress.beginning.value)
        answer.oldest = oldest
        answer.head = UInt64(journal.progress.head.value)
        answer.synced = UInt64(journal.progress.synced.value)
        return answer
    }

    private func read(_ question: LinkQuestion) throws -> LinkAnswer {
        let file = try place(for: question)
        var answer = state(to: question, file.reader.id, oldest: file.reader.oldest)
        guard question.journal == 0 || question.journal == file.reader.id else {
            answer = LinkAnswer(.refused, to: question.number)
            answer.text = "keeps another journal of \(journal.name) than the one that was read before"
            return answer
        }
        (answer.first, answer.last) = (question.after + 1, question.after)
        let limit = min(max(Int(question.byteLimit), 1), LinkLimits.records)
        records.removeAll()
        var scanned = 0
        while scanned < limit, answer.head > file.reader.position {
            guard try take(from: file, into: &answer, &scanned) else { break }
        }
        answer.records = records.withBytes { $0.array }
        tell(file, &answer)
        return answer
    }

    /// Takes one batch; false where there is none after all.
    private func take(from file: OpenFile, into answer: inout LinkAnswer, _ scanned: inout Int) throws -> Bool {
        let wants = journal.content == .events ? reader.wants : nil
        let isFirst = answer.count == 0
        var batch = JournalBatch(
            first: 1, count: 1, earliest: Timestamp(nanoseconds: 0), latest: Timestamp(nanoseconds: 0))
        var kept = 0
        // What an index means, the reader says only behind the call.
        var bytes: [UInt8] = []
        let hasMore = try file.reader.next { head, span in
            batch = head
            scanned += span.byteCount
            if wants == nil {
                records.append(span)
                kept = head.count
            } else {
                bytes = span.array
            }
        }
        guard hasMore else { return false }
        if let wants { kept = filter(bytes, count: batch.count, file, wants) }
        answer.last = file.reader.position
        guard kept > 0 else { return true }
        answer.count += kept
        answer.earliest = isFirst ? batch.earliest : min(answer.earliest, batch.earliest)
        answer.latest = max(answer.latest, batch.latest)
        return true
    }

    /// Keeps the events of those symbols that the reader wants; returns how many.
    private func filter(_ bytes: [UInt8], count: Int, _ file: OpenFile, _ wants: (String) -> Bool) -> Int {
        var kept = 0
        bytes.withRawSpan { span in
            for index in 0..<count {
                let event = RecordReader.event(in: span, at: index)
                guard isWanted(event.symbol, file, wants) else { continue }
                records.append(event)
                kept += 1
            }
        }
        return kept
    }

    private func isWanted(_ symbol: UInt32, _ file: OpenFile, _ wants: (String) -> Bool) -> Bool {
        let index = Int(symbol)
        if index < file.wanted.count, let verdict = file.wanted[index] { return verdict }
        for definition in file.reader.definitions.dropFirst(file.judged) where definition.kind == .symbol {
            while file.wanted.count <= definition.key { file.wanted.append(nil) }
            file.wanted[Int(definition.key)] = SymbolDefinition(definition.bytes).map { wants($0.name) } ?? false
        }
        file.judged = file.reader.definitions.count
        return index < file.wanted.count && file.wanted[index] ?? false
    }

    /// The files at the place behind which the question asks, with the definitions that the asker has.
    private func place(for question: LinkQuestion) throws -> OpenFile {
        if let file, file.reader.position == question.after, file.told.count == Int(question.known) { return file }
        var reader = try JournalReader(opening: journal.folder)
        try reader.seek(behind: question.after)
        let opened = OpenFile(reader)
        file = opened
        return opened
    }

    /// Adds what the asker does not know yet of what indices mean.
    private func tell(_ file: OpenFile, _ answer: inout LinkAnswer) {
        let definitions = file.reader.definitions
        var same = min(file.told.count, definitions.count)
        if definitions.count != file.told.count || definitions != file.told {
            same = zip(file.told, definitions).prefix { $0 == $1 }.count
        }
        answer.definitionsFrom = same
        answer.definitions = Array(definitions[same...])
        file.told = definitions
    }
}
