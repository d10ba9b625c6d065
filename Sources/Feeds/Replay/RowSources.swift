internal import Compression

/// The rows of a text: its lines.
struct LineRows<Decoder: RowDecoder & ~Copyable>: RowSource, ~Copyable {
    /// A line may be this long: a book snapshot of 5,000 levels has some 250 kB.
    static var byteLimit: Int { 8 << 20 }

    private var stream: DecodedStream
    private var decoder: Decoder
    private var line: UInt64 = 0

    init(_ stream: consuming DecodedStream, _ decoder: consuming Decoder) {
        self.stream = stream
        self.decoder = decoder
    }

    mutating func readRow(into output: inout RowOutput) throws(RecordingError) -> Bool {
        line += 1
        let found: DecodedStream.Line
        do {
            found = try stream.nextLine(limit: Self.byteLimit)
        } catch {
            try output.lose(.line(line), .damaged(error))
            finish(into: &output)
            return false
        }
        switch found {
        case .line: try Self.decode(&stream, &decoder, line, &output)
        case .tooLong: try output.lose(.line(line), .lineTooLong(limit: Self.byteLimit))
        case .end:
            finish(into: &output)
            return false
        }
        return true
    }

    private static func decode(
        _ stream: inout DecodedStream, _ decoder: inout Decoder, _ line: UInt64, _ output: inout RowOutput
    ) throws(RecordingError) {
        let outcome: RowOutcome
        do throws(FaultReason) {
            outcome = try stream.withLine { (row) throws(FaultReason) in try decoder.decode(row, into: &output) }
        } catch {
            try output.lose(.line(line), error)
            return
        }
        output.finishRow(outcome)
    }

    private mutating func finish(into output: inout RowOutput) {
        decoder.finish(into: &output)
        output.flushLosses()
    }
}

/// The rows of a DBN file: records that begin with their own length, counted in words of four bytes.
struct RecordRows<Decoder: RowDecoder & ~Copyable>: RowSource, ~Copyable {
    private static var headSize: Int { 16 }

    private var stream: DecodedStream
    private var decoder: Decoder

    init(_ stream: consuming DecodedStream, _ decoder: consuming Decoder) {
        self.stream = stream
        self.decoder = decoder
    }

    mutating func readRow(into output: inout RowOutput) throws(RecordingError) -> Bool {
        let place = RecordingPlace.byte(stream.position)
        var length = Self.headSize
        var found = 0
        do throws(CompressionError) {
            found = try stream.fill(Self.headSize)
            guard found > 0 else { return finish(into: &output) }
            length = stream.withBytes { Int($0.integer(at: 0, as: UInt8.self)) * 4 }
            found = try stream.fill(max(length, Self.headSize))
        } catch {
            try output.lose(place, .damaged(error))
            return finish(into: &output)
        }
        guard length >= Self.headSize else {
            // Without a length there is no way to the next record.
            try output.lose(place, .recordLength(found: length, needed: Self.headSize))
            return finish(into: &output)
        }
        guard found >= length else {
            try output.lose(place, .cutOff(found: found, needed: length))
            return finish(into: &output)
        }
        try Self.decode(&stream, &decoder, length, &output)
        return true
    }

    private static func decode(
        _ stream: inout DecodedStream, _ decoder: inout Decoder, _ length: Int, _ output: inout RowOutput
    ) throws(RecordingError) {
        let place = RecordingPlace.byte(stream.position)
        let outcome: RowOutcome
        do throws(FaultReason) {
            outcome = try stream.withBytes { (bytes) throws(FaultReason) in
                try decoder.decode(bytes.extracting(0..<length), into: &output)
            }
        } catch {
            stream.skip(length)
            try output.lose(place, error)
            return
        }
        stream.skip(length)
        output.finishRow(outcome)
    }

    private mutating func finish(into output: inout RowOutput) -> Bool {
        decoder.finish(into: &output)
        output.flushLosses()
        return false
    }
}
