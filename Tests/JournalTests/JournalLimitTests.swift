import Foundation
import Journal
import Market
import Memory
import TestPrograms
import Testing

@Suite struct `A journal says why not` {
    private static let settings = JournalSettings(segmentLimit: 4096, sync: .never)

    @Test func `one writer at a time, and the other's process is named`() throws {
        let place = try JournalPlaceOnDisk()
        do {
            let writer = try JournalWriter(opening: place.path, content: .events, settings: Self.settings, newId: 1)
            #expect(throws: JournalError.locked(folder: place.path, process: getpid())) {
                _ = try JournalWriter(opening: place.path, content: .events, settings: Self.settings, newId: 1)
            }
            #expect(writer.head == 0)
        }
        _ = try JournalWriter(opening: place.path, content: .events, settings: Self.settings, newId: 1)
    }

    @Test func `another content, a later version, no journal, no folder`() throws {
        let place = try JournalPlaceOnDisk()
        #expect(throws: JournalError.missing(folder: place.path)) { _ = try JournalReader(opening: place.path) }
        _ = try JournalWriter(opening: place.path, content: .events, settings: Self.settings, newId: 1)
        #expect(throws: JournalError.wrongContent(folder: place.path, expected: .updates, found: .events)) {
            _ = try JournalWriter(opening: place.path, content: .updates, settings: Self.settings, newId: 1)
        }
        let segment = try place.files("mrj")[0]
        var bytes = try Data(contentsOf: segment)
        bytes[8] = 2
        try bytes.write(to: segment)
        #expect(throws: JournalError.newerVersion(path: segment.path(), version: 2, known: 1)) {
            _ = try JournalReader(opening: place.path)
        }
        try Data("not a journal at all, but as long as the head of a segment must be".utf8).write(to: segment)
        #expect {
            _ = try JournalReader(opening: place.path)
        } throws: { error in
            if case JournalError.notAJournal = error { true } else { false }
        }
    }

    @Test func `what is written is its owner's alone, and a link is not followed`() throws {
        let place = try JournalPlaceOnDisk()
        var writer = try JournalWriter(opening: place.path, content: .events, settings: Self.settings, newId: 1)
        for _ in 0..<3 { try writer.appendNumbered(64) }
        let files = FileManager.default
        for file in try place.files("mrj") + place.files("mri") + place.files("lock") {
            #expect(try files.attributesOfItem(atPath: file.path())[.posixPermissions] as? Int == 0o600)
        }
        #expect(try files.attributesOfItem(atPath: place.path)[.posixPermissions] as? Int == 0o700)
        let segment = try place.files("mrj")[0]
        let elsewhere = place.folder.appending(path: "elsewhere")
        try files.moveItem(at: segment, to: elsewhere)
        try files.createSymbolicLink(at: segment, withDestinationURL: elsewhere)
        #expect(throws: JournalError.self) { _ = try JournalReader(opening: place.path) }
    }

    @Test func `a batch or a definition over its limit is refused`() throws {
        let place = try JournalPlaceOnDisk()
        var writer = try JournalWriter(opening: place.path, content: .events, settings: Self.settings, newId: 1)
        let large = [UInt8](repeating: 0, count: JournalLimits.definition + 1)
        do {
            try writer.define(JournalDefinition(kind: .symbol, key: 1, bytes: large))
            Issue.record("it was taken")
        } catch { #expect("\(error)".contains("65536")) }
        let count = JournalLimits.batch / 64
        try writer.appendNumbered(count)
        do {
            try writer.appendNumbered(count + 1)
            Issue.record("it was taken")
        } catch { #expect("\(error)".contains("16777280")) }
        #expect(writer.head == UInt64(count))
        var reader = try JournalReader(opening: place.path)
        let found = try reader.next { batch, bytes in #expect(batch.count == count && bytes.byteCount == count * 64) }
        #expect(found)
    }

    /// A limit on the size of files stands for a full disk: it too takes a part of a write and refuses the rest. It
    /// holds for the whole process, so it is far above what other tests write.
    @Test func `a full disk leaves nothing half written, and the writer goes on when there is room`() throws {
        let place = try JournalPlaceOnDisk()
        let settings = JournalSettings(sync: .never)
        var writer = try JournalWriter(opening: place.path, content: .events, settings: settings, newId: 1)
        signal(SIGXFSZ, SIG_IGN)
        var before = rlimit()
        unsafe getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &before)
        let limit = 24 << 20
        var now = rlimit(rlim_cur: rlim_t(limit), rlim_max: before.rlim_max)
        let isLimited = unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &now) == 0
        #expect(isLimited)
        defer { unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &before) }
        let batch = 10_007
        var refused: JournalError?
        while refused == nil, writer.byteCount < 2 * limit {
            do { try writer.appendNumbered(batch) } catch let error as JournalError { refused = error }
        }
        guard case .full = refused else {
            Issue.record("\(String(describing: refused))")
            return
        }
        let head = writer.head
        #expect(try Data(contentsOf: place.files("mrj")[0], options: .mappedIfSafe).count == writer.byteCount)
        #expect(writer.byteCount + batch * 64 + 64 > limit)
        try writer.appendNumbered(1)
        unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &before)
        try writer.appendNumbered(batch)
        var reader = try JournalReader(opening: place.path)
        var position: UInt64 = 0
        while try reader.next({ batch, bytes in
            #expect(batch.first == position + 1)
            #expect(bytes.events == Numbered.events(from: batch.first, count: batch.count))
            position = batch.last
        }) {}
        #expect(position == head + 1 + UInt64(batch))
    }

    @Test func `what is beyond the keeping goes, and nothing that is needed`() throws {
        for (bytes, age) in [(nil, nil), (9_000, nil), (nil, Duration.nanoseconds(100_000))] as [(Int?, Duration?)] {
            let place = try JournalPlaceOnDisk()
            let settings = JournalSettings(segmentLimit: 2048, sync: .never, keepBytes: bytes, keepAge: age)
            var writer = try JournalWriter(opening: place.path, content: .events, settings: settings, newId: 1)
            for _ in 0..<32 { try writer.appendNumbered(16) }
            let whole = writer.byteCount
            try writer.trim(before: 100)
            #expect(writer.oldest <= 100 && writer.oldest > 60)
            try writer.trim(before: writer.head)
            #expect(writer.byteCount < whole)
            if let bytes { #expect(writer.byteCount <= bytes && writer.byteCount > bytes - 2 * 2200) }
            if age != nil { #expect(writer.oldest <= writer.head - 99 && writer.oldest > writer.head - 150) }
            if bytes == nil, age == nil { #expect(writer.oldest > writer.head - 33) }
            var reader = try JournalReader(opening: place.path)
            #expect(reader.oldest == writer.oldest)
            let found = try reader.next { batch, _ in #expect(batch.first == writer.oldest) }
            #expect(found)
        }
    }

    @Test func `a reader whose segments were let go learns what is left`() throws {
        let place = try JournalPlaceOnDisk()
        let settings = JournalSettings(segmentLimit: 1024, sync: .never)
        var writer = try JournalWriter(opening: place.path, content: .events, settings: settings, newId: 1)
        try writer.appendNumbered(16)
        var reader = try JournalReader(opening: place.path)
        for _ in 0..<8 { try writer.appendNumbered(16) }
        try writer.trim(before: 90)
        var thrown: JournalError?
        var position: UInt64 = 0
        do { while try reader.next({ batch, _ in position = batch.last }) {} } catch let error as JournalError {
            thrown = error
        }
        #expect(position == 16)
        #expect(thrown == .trimmed(oldest: writer.oldest))
    }
}
