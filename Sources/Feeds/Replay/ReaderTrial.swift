internal import Market

/// Gives arbitrary bytes to a reader and checks that nothing is lost: what fuzzing runs.
public enum ReaderTrial {
    /// How a trial ended; each is a proper end.
    public enum Outcome: Equatable, Sendable {
        case refused(RecordingError)
        case read(RecordingCounts)
    }

    /// Reads the bytes to their end. The name matters to US equity ticks only, whose date and symbol it holds.
    ///
    /// Stops the program when rows and outcomes, or events and their count, do not agree.
    public static func read(
        format: RecordingFormat?, bytes: [UInt8], name: String = "20131007_ibm_Quote_Tick.csv"
    ) -> Outcome {
        var total = RecordingCounts()
        do {
            let readers = try Recordings.open(
                bytes: bytes, name: name, settings: ReaderSettings(format: format), directory: PriceSurvey())
            for reader in readers {
                total += try read(reader)
            }
        } catch {
            return .refused(error)
        }
        return .read(total)
    }

    private static func read(_ reader: any RecordingReader) throws(RecordingError) -> RecordingCounts {
        var batch = EventBatch()
        var events: UInt64 = 0
        while try reader.next(into: &batch) {
            events += UInt64(batch.count)
            batch.removeAll()
        }
        let counts = reader.counts
        precondition(events == counts.events, "Every event must be counted.")
        precondition(counts.rows == counts.accounted, "Every row must have one outcome.")
        precondition(counts[.held] == 0, "No row may be held back at the end.")
        precondition(counts[.unreadable] == reader.faults.count, "Every unreadable row must be a fault.")
        return counts
    }
}
