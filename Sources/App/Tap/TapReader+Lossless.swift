internal import Market
internal import Memory
internal import Wire

extension TapReader {
    /// Takes one message of an endpoint and asks for what is missing before it; true when anything but a heartbeat
    /// came.
    ///
    /// - Parameter ask: Asks; it may take away first what has been read so far, which a long replay makes too much.
    mutating func receive(
        from endpoint: Int, _ topicBytes: RawSpan, _ payload: RawSpan, at now: Timestamp,
        asking ask: (ReplayQuestion, inout TapReader) throws -> ReplayReply?
    ) throws -> Bool {
        let topic = MessagePeek.text(topicBytes)
        // Taken out while it works, so that what it delivers may change the rest.
        guard var reader = losslessReaders[endpoint] else {
            return try receive(from: endpoint, topicBytes, payload, at: now)
        }
        losslessReaders[endpoint] = nil
        defer { losslessReaders[endpoint] = reader }
        do throws(WireError) {
            try check(payload)
            watchClock(topic, try MessagePeek(payload), of: endpoint, at: now)
        } catch {
            refuse(topic, error, of: endpoint)
            return true
        }
        let (questions, restarts, updates) = (reader.questions, reader.stream.restarts, counts.updates)
        var failure: (any Error)?
        reader.receive(
            topic: topic, payload,
            asking: { question in
                // Once there is a reason to end, nothing more is asked.
                guard failure == nil, !isDone else { return nil }
                do { return try ask(question, &self) } catch { failure = error }
                return nil
            },
            { outcome in
                guard failure == nil, !isDone else { return }
                do throws(DigestOfJSON) { try note(outcome) } catch { failure = error }
            })
        counts.questions += reader.questions - questions
        if reader.stream.restarts > restarts {
            counts.restarts += 1
            warnings.append("RESTART \(topic): another publisher goes on")
        }
        if let failure { throw failure }
        return !TapReader.isHeartbeat(topic) || counts.updates > updates
    }

    private mutating func note(_ outcome: LosslessReader.Outcome) throws(DigestOfJSON) {
        switch outcome {
        case .deliver(let topic, let message, let payload, let skipping):
            counts.duplicates += skipping
            try payload.withRawSpan { (bytes) throws(DigestOfJSON) in
                do throws(WireError) { try check(bytes) } catch { return refuse(topic, "\(error)") }
                _ = try take(topic, bytes, message, skipping: skipping)
            }
        case .duplicate(_, let updates): counts.duplicates += updates
        case .lost(let topic, let hole):
            counts.lost &+= hole.count
            warnings.append("LOST \(topic) expected \(hole.expected) received \(hole.received)")
        case .unanswered(let range, let reason):
            let text = reason.map { "refused, \($0.rawValue)" } ?? "no answer that fits"
            warnings.append(
                "REPLAY \(Identifier.text(range.publisher)) after \(range.after) up to \(range.upTo): \(text)")
        case .unreadable(let topic, let error): refuse(topic, "\(error)")
        }
    }
}
