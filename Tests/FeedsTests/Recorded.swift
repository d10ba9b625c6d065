import Compression
import Feeds
import Glibc
import Market

/// Where the real recordings lie: MILLRACE_DATA, else beside the package.
enum Recorded {
    static let folder: String? = {
        if let named = unsafe getenv("MILLRACE_DATA") { return unsafe String(cString: named) }
        let package = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let beside = "/" + package + "/../shared/data"
        return unsafe access(beside + "/README.md", R_OK) == 0 ? beside : nil
    }()

    static var isPresent: Bool { folder != nil }
    static func path(_ name: String) -> String { (folder ?? "") + "/" + name }

    /// A whole file as it lies there, packed.
    static func bytes(_ name: String) -> [UInt8] {
        guard let file = unsafe fopen(path(name), "r") else { return [] }
        defer { unsafe fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 16 << 20)
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe fread($0.baseAddress, 1, $0.count, file) }
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    static func files(in name: String) -> [String] {
        guard let directory = unsafe opendir(path(name)) else { return [] }
        defer { unsafe closedir(directory) }
        var files: [String] = []
        while let entry = unsafe readdir(directory) {
            let file = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                unsafe String(decoding: unsafe bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            files.append(file)
        }
        return files.sorted()
    }
}

/// A directory that takes every symbol, or only some, with one instrument for all.
final class OpenDirectory: SymbolDirectory {
    private(set) var names: [String] = []
    private(set) var refusals = 0
    private let sizeStep: Int64
    private let wanted: Set<String>?

    init(sizeStep: Int64 = Instrument.defaultSizeStep, wanted: Set<String>? = nil) {
        self.sizeStep = sizeStep
        self.wanted = wanted
    }

    func entry(for name: String) -> SymbolEntry? {
        guard let symbol = Symbol(name), wanted?.contains(name) ?? true else {
            refusals += 1
            return nil
        }
        if !names.contains(name) { names.append(name) }
        let index = UInt32(names.firstIndex(of: name) ?? 0)
        let instrument = Instrument(tick: Price(billionths: 1), sizeStep: sizeStep, calendar: AroundTheClock())
        return SymbolEntry(index: index, symbol: symbol, instrument: instrument)
    }
}

/// All that a recording gave.
struct Reading {
    var events: [MarketEvent] = []
    var counts = RecordingCounts()
    var faults = RecordingFaults()
    var symbols: [String] = []
    var error: RecordingError?

    var trades: [MarketEvent] { events.filter { $0.kind == .trade } }
    var quotes: [MarketEvent] { events.filter { $0.kind == .quote } }
    func of(_ kind: EventKind) -> [MarketEvent] { events.filter { $0.kind == kind } }

    static func file(
        _ path: String, _ settings: ReaderSettings = ReaderSettings(), _ directory: OpenDirectory = OpenDirectory(),
        batch: Int = EventBatch.limit
    ) -> Reading {
        collect(directory, batch) { () throws(RecordingError) in
            try Recordings.open(path: path, settings: settings, directory: directory)
        }
    }

    static func bytes(
        _ bytes: [UInt8], name: String = "memory", _ settings: ReaderSettings = ReaderSettings(),
        _ directory: OpenDirectory = OpenDirectory(), batch: Int = EventBatch.limit
    ) -> Reading {
        collect(directory, batch) { () throws(RecordingError) in
            try Recordings.open(bytes: bytes, name: name, settings: settings, directory: directory)
        }
    }

    static func text(
        _ text: String, name: String = "memory.csv", _ settings: ReaderSettings = ReaderSettings(),
        _ directory: OpenDirectory = OpenDirectory()
    ) -> Reading { bytes(Array(text.utf8), name: name, settings, directory) }

    private static func collect(
        _ directory: OpenDirectory, _ size: Int, _ open: () throws(RecordingError) -> [any RecordingReader]
    ) -> Reading {
        var reading = Reading()
        do throws(RecordingError) {
            for reader in try open() {
                defer {
                    reading.counts += reader.counts
                    reading.faults += reader.faults
                }
                var batch = EventBatch(capacity: size)
                var goesOn = true
                while goesOn {
                    do throws(RecordingError) {
                        goesOn = try reader.next(into: &batch)
                    } catch {
                        goesOn = false
                        reading.error = error
                    }
                    for index in 0..<batch.count { reading.events.append(batch[index]) }
                    batch.removeAll()
                }
            }
        } catch {
            reading.error = error
        }
        reading.symbols = directory.names
        return reading
    }
}

func price(_ text: String) -> Price { Price(billionths: DecimalText.billionths(text) ?? .min) }
