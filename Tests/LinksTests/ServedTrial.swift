import Foundation
import Graph
import Journal
import Market
import Memory
import Rings
import TestPrograms
import ZeroMQ

@testable import Engine
@testable import Links

/// A journal of events and the process that serves it, as a test writes and stops them.
final class ServedTrial {
    let folder: URL
    /// Of the serving process: new with each.
    private(set) var progress = JournalProgress()
    let told = Guarded<[String]>([])
    private(set) var writer: JournalWriter
    private var service: (any JournalService)?
    private var thread: Thread?
    private let done = DispatchSemaphore(value: 0)
    /// What the serving process's clock is ahead.
    var clockAhead: Int64 = 0

    init(segmentLimit: Int = 1 << 20) throws {
        folder = try RunningProgram.temporaryFolder()
        writer = try JournalWriter(
            opening: folder.path() + "/journal", content: .events,
            settings: JournalSettings(segmentLimit: segmentLimit, sync: .never, keepBytes: 0), newId: 77)
    }

    deinit {
        stop()
        try? FileManager.default.removeItem(at: folder)
    }

    var address: String { "ipc://\(folder.path())/link" }
    /// Where it is found and by what keys, where that is not the address alone.
    var link: ProcessLink?

    func world(ahead: Int64 = 0) -> World {
        let told = told
        return World(
            stopping: Signal(), now: { Timestamp(nanoseconds: Seat.wallClock + ahead) },
            sleep: { Thread.sleep(forTimeInterval: Double($0) / 1e9) }, chance: { UInt64.random(in: 1...UInt64.max) },
            tell: { line in told.withLock { $0.append(line) } })
    }

    /// - Parameter readers: the symbols that each wants.
    func serve(_ readers: [String: @Sendable (String) -> Bool] = ["reader": { _ in true }]) throws {
        if progress.opening.isRaised {
            progress = JournalProgress()
            note()
        }
        let journal = ServedJournal(
            name: "market", content: .events, folder: folder.path() + "/journal", progress: progress,
            readers: readers.map { ServedReader(name: $0.key, wants: $0.value, progress: ReaderProgress()) },
            isTheirs: false)
        let service = try ProcessNetwork(
            link ?? ProcessLink(local: address), world: world(ahead: clockAhead)
        ).serve([journal])
        let done = done
        self.service = service
        let thread = Thread {
            try? service.work()
            done.signal()
        }
        thread.start()
        self.thread = thread
    }

    func stop() {
        guard let service else { return }
        service.stop()
        done.wait()
        self.service = nil
    }

    /// - Parameter keys: The reader's own.
    func open(
        _ reader: String = "reader", name: String = "market", keys: LinkKeys? = nil
    ) throws -> any ReadableJournal {
        let own = ProcessLink(address: "", bind: "", keys: keys, connections: 1)
        return try ProcessNetwork(own, world: world()).open(
            DistantJournal(name: name, content: .events, reader: reader, at: link ?? ProcessLink(local: address)))
    }

    /// Appends events of some symbols, naming each that is new.
    func append(_ symbols: [UInt32], named: inout Set<UInt32>) throws {
        for symbol in symbols where named.insert(symbol).inserted {
            try writer.define(
                SymbolDefinition(name: ServedTrial.name(symbol), sizeStep: 1, tick: 1).definition(of: symbol))
        }
        var buffer = ByteBuffer()
        for (index, symbol) in symbols.enumerated() {
            var event = MarketEvent(
                .clock, symbol: symbol, venueTime: Timestamp(nanoseconds: Int64(writer.head) + Int64(index) + 1),
                receiveTime: Timestamp(nanoseconds: 0))
            event.sequence = writer.head + UInt64(index) + 1
            buffer.append(event)
        }
        try buffer.withBytes {
            try writer.append(
                $0, count: symbols.count, earliest: Timestamp(nanoseconds: 1), latest: Timestamp(nanoseconds: 2))
        }
        note()
    }

    private func note() { progress.note(head: writer.head, isSynced: true, byteCount: writer.byteCount) }

    func trim(before position: UInt64) throws { try writer.trim(before: position) }

    static func name(_ symbol: UInt32) -> String { "SYM\(symbol)" }
}

/// Events as read, each under the name that its index had when it came.
struct ReadEvents {
    private(set) var names: [String] = []
    private(set) var numbers: [UInt64] = []

    /// Reads until so many events have come, or the last is the head's.
    mutating func read(_ journal: any ReadableJournal, upTo head: UInt64, within limit: Duration) throws {
        let clock = ContinuousClock()
        let deadline = clock.now + limit
        while journal.position < head || !journal.isOpen, clock.now < deadline {
            var events: [MarketEvent] = []
            let hasMore = try journal.next { batch, bytes in
                for index in 0..<batch.count {
                    events.append(RecordBytes.event(in: bytes, at: index))
                }
            }
            guard hasMore else {
                try journal.wait(atMost: 2_000_000)
                continue
            }
            let named = Dictionary(
                journal.definitions.map { ($0.key, SymbolDefinition($0.bytes)?.name ?? "") }, uniquingKeysWith: { $1 })
            for event in events {
                names.append(named[event.symbol] ?? "?")
                numbers.append(event.sequence)
            }
        }
    }
}
