internal import Foundation
internal import Journal
internal import Market
internal import Memory
internal import Rings

/// What a journal takes and gives: events are appended in batches to the system's memory and read back with their
/// checksums, in turn, on one thread.
struct JournalBench: Benchmark {
    static let name = "journal"
    static let usage = "FOLDER [--batch N] [--rounds N]"
    static let details = """
        Writes and reads events in turn, in a new folder in FOLDER that goes afterwards.

          --batch N   events of a batch, 1 to 65536; 64 unless said otherwise
        """

    /// Events of one pass: 256 MiB, so that the system need not yet write to the device.
    private static let events = 4 << 20

    private let folder: String
    private let batch: Int
    private let rounds: Int

    init(_ arguments: inout Arguments) throws {
        batch = try arguments.takeNumber("--batch", in: 1...65_536) ?? 64
        rounds = try arguments.takeRounds()
        guard let folder = arguments.takeWord() else { throw UsageError("the folder is missing") }
        self.folder = folder
    }

    func run() throws -> Int32 {
        let before = MachineLoad.now
        var (written, read): ([Double], [Double]) = ([], [])
        for round in 0..<rounds {
            let own = URL(filePath: folder).appending(path: "millrace-bench-\(getpid())-\(round)")
            defer { try? FileManager.default.removeItem(at: own) }
            written.append(try write(own.path()))
            read.append(try readBack(own.path()))
        }
        var line = ResultLine("journal")
        line.add("batch", batch)
        line.add("write_events_per_second", written.median, places: 0)
        line.add("read_events_per_second", read.median, places: 0)
        line.add("others", MachineLoad.now.others(since: before), places: 2)
        print(line.text)
        return 0
    }

    /// Events a second.
    private func write(_ path: String) throws -> Double {
        var block = ByteBuffer(capacity: batch * 64)
        for index in 0..<batch {
            block.append(
                MarketEvent.trade(
                    symbol: UInt32(index % 100), venueTime: Timestamp(nanoseconds: 1_700_000_000_000_000_000),
                    receiveTime: Timestamp(nanoseconds: 1_700_000_000_000_000_000),
                    price: Price(billionths: 100_000_000_000 + Int64(index) * 10_000_000), quantity: Quantity(steps: 7))
            )
        }
        var writer = try JournalWriter(
            opening: path, content: .events, settings: JournalSettings(sync: .never), newId: 1)
        let time = Timestamp(nanoseconds: 1_700_000_000_000_000_000)
        let begin = Seat.monotonic
        while writer.head < JournalBench.events {
            try block.withBytes { bytes throws(JournalError) in
                try writer.append(bytes, count: batch, earliest: time, latest: time)
            }
        }
        return Double(writer.head) / Double(Seat.monotonic - begin) * 1e9
    }

    private func readBack(_ path: String) throws -> Double {
        var reader = try JournalReader(opening: path)
        var (events, sum): (Int, Int64) = (0, 0)
        let begin = Seat.monotonic
        while try reader.next({ batch, bytes in
            events += batch.count
            sum &+= bytes.integer(at: bytes.byteCount - 40)
        }) {}
        let passed = Double(Seat.monotonic - begin)
        precondition(events >= JournalBench.events && sum != 0, "What was written must be read.")
        return Double(events) / passed * 1e9
    }
}
