import Foundation
import TestPrograms
import Testing

@testable import ZeroMQ

@Suite struct Keys {
    private let folder: URL

    init() throws { folder = try RunningProgram.temporaryFolder() }

    private func path(_ name: String) -> String { folder.appending(path: name).path() }

    private func write(_ text: String, to name: String, mode: Int = 0o644) throws {
        try Data(text.utf8).write(to: folder.appending(path: name))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path(name))
    }

    @Test func `a pair is written, read back, and belongs together`() throws {
        let pair = try KeyPair.make()
        try KeyFile.write(pair, to: path("me"))
        let again = try KeyFile.keyPair(at: path("me.secret"))
        #expect(again.publicKey == pair.publicKey && again.secretKey.text == pair.secretKey.text)
        #expect(try KeyFile.publicKey(at: path("me.key")) == pair.publicKey)
        #expect(try KeyPair.make().publicKey != pair.publicKey)
        let mode = try FileManager.default.attributesOfItem(atPath: path("me.secret"))[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let open = try String(contentsOfFile: path("me.key"), encoding: .utf8)
        #expect(!open.contains(pair.secretKey.text) && !open.contains("secret"))
    }

    @Test func `keys are not overwritten, and no half is left behind`() throws {
        let pair = try KeyPair.make()
        try KeyFile.write(pair, to: path("me"))
        #expect(throws: KeyFault.exists(path: path("me.key"))) { try KeyFile.write(.make(), to: path("me")) }
        try FileManager.default.removeItem(atPath: path("me.key"))
        #expect(throws: KeyFault.exists(path: path("me.secret"))) { try KeyFile.write(.make(), to: path("me")) }
        #expect(!FileManager.default.fileExists(atPath: path("me.key")))
        #expect(try KeyFile.keyPair(at: path("me.secret")).publicKey == pair.publicKey)
        try write("", to: "other.key")
        #expect(throws: KeyFault.exists(path: path("other.key"))) { try KeyFile.write(.make(), to: path("other")) }
        #expect(!FileManager.default.fileExists(atPath: path("other.secret")))
    }

    @Test(arguments: [0o640, 0o604, 0o666, 0o610])
    func `a secret that others can reach is refused`(mode: Int) throws {
        try KeyFile.write(.make(), to: path("me"))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path("me.secret"))
        #expect(throws: KeyFault.readableByOthers(path: path("me.secret"), mode: UInt32(mode))) {
            try KeyFile.keyPair(at: path("me.secret"))
        }
    }

    @Test func `a secret shows itself nowhere`() throws {
        let pair = try KeyPair.make()
        let curve = CurveClient(keys: pair, server: pair.publicKey)
        var dumped = ""
        dump(curve, to: &dumped)
        for text in ["\(pair)", "\(curve)", String(reflecting: pair), dumped, "\(pair.secretKey)"] {
            #expect(!text.contains(pair.secretKey.text), "\(text)")
        }
        // A file that is nearly one: what stands in it is in no error.
        let cut = pair.secretKey.text.dropLast()
        try write("secret-key = \"\(cut)\"", to: "cut.secret", mode: 0o600)
        #expect { try KeyFile.keyPair(at: path("cut.secret")) } throws: { !"\($0)".contains(cut) }
        try write(
            "public-key = \"\(try KeyPair.make().publicKey)\"\nsecret-key = \"\(pair.secretKey.text)\"",
            to: "mixed.secret", mode: 0o600)
        #expect(throws: KeyFault.halvesDiffer(path: path("mixed.secret"))) {
            try KeyFile.keyPair(at: path("mixed.secret"))
        }
    }

    @Test func `what is no file of keys is named and never waited for`() throws {
        try write("hello", to: "text.key")
        #expect(throws: KeyFault.noKey(path: path("text.key"), wanted: "public")) {
            try KeyFile.publicKey(at: path("text.key"))
        }
        _ = unsafe mkfifo(path("pipe.key"), 0o600)
        for bad in ["pipe.key", "nothing.key", ""] {
            #expect(throws: KeyFault.self) { try KeyFile.publicKey(at: path(bad)) }
        }
        #expect(throws: KeyFault.self) { try KeyFile.publicKey(at: "/dev/zero") }
    }

    @Test func `forty characters are a key only where they are one`() throws {
        let pair = try KeyPair.make()
        #expect(PublicKey(pair.publicKey.description) == pair.publicKey)
        for bad in ["", "abc", String(repeating: "#", count: 40), String(repeating: "\"", count: 40)] {
            #expect(PublicKey(bad) == nil)
        }
        var chance = SeededChance(seed: 70)
        for _ in 0..<2_000 {
            let bytes = (0..<32).map { _ in UInt8.random(in: 0...255, using: &chance) }
            let key = try #require(PublicKey(bytes: bytes))
            #expect(PublicKey(key.description) == key)
        }
    }

    /// As an editor on Windows leaves them: both characters together are one to Swift.
    @Test func `lines may end in two characters`() throws {
        let pair = try KeyPair.make()
        try write(
            "# mine\r\ncurve\r\n    public-key = \"\(pair.publicKey)\"\r\n"
                + "    secret-key = \"\(pair.secretKey.text)\"\r\n", to: "me.secret", mode: 0o600)
        #expect(try KeyFile.keyPair(at: path("me.secret")).publicKey == pair.publicKey)
        #expect(try KeyFile.publicKey(at: path("me.secret")) == pair.publicKey)
        let other = try KeyPair.make().publicKey
        try write("# who\r\n\r\n\(pair.publicKey) Ann Smith\r\n\(other) bob\r\nshort\r\n", to: "clients")
        let list = try AllowList(at: path("clients"))
        #expect(list.clients == [pair.publicKey: "Ann Smith", other: "bob"])
        #expect(list.faults == [.noKey(path: path("clients") + ", line 5", wanted: "public")])
    }

    // MARK: Allow-lists

    @Test func `a folder admits what its files name, and follows them`() throws {
        let (ann, bob) = (try KeyPair.make(), try KeyPair.make())
        try write("public-key = \"\(ann.publicKey)\"", to: "ann.key")
        var list = try AllowList(at: folder.path())
        #expect(list.clients == [ann.publicKey: "ann"] && list.faults.isEmpty)
        var isNew = list.refresh()
        #expect(!isNew)
        try write("curve\n  public-key=\"\(bob.publicKey)\"\n", to: "bob.key")
        try write("nothing", to: "torn.key")
        try write("public-key = \"\(try KeyPair.make().publicKey)\"", to: "notes.txt")
        isNew = list.refresh()
        #expect(isNew && list.clients == [ann.publicKey: "ann", bob.publicKey: "bob"])
        #expect(list.faults == [.noKey(path: "\(folder.path())/torn.key", wanted: "public")])
        try FileManager.default.removeItem(atPath: path("ann.key"))
        isNew = list.refresh()
        #expect(isNew && list.clients == [bob.publicKey: "bob"])
        try FileManager.default.removeItem(at: folder)
        isNew = list.refresh()
        #expect(isNew && list.clients.isEmpty && list.faults.count == 1)
        isNew = list.refresh()
        #expect(!isNew)
    }

    @Test func `a file admits what its lines name`() throws {
        let (ann, bob) = (try KeyPair.make(), try KeyPair.make())
        try write("# who may read\n\(ann.publicKey) Ann Smith \n\n\(bob.publicKey)\nshort x\n", to: "clients")
        var list = try AllowList(at: path("clients"))
        #expect(list.clients == [ann.publicKey: "Ann Smith", bob.publicKey: "client 2"])
        #expect(list.faults == [.noKey(path: path("clients") + ", line 5", wanted: "public")])
        try write("\(bob.publicKey) bob\n", to: "clients")
        let isNew = list.refresh()
        #expect(isNew && list.clients == [bob.publicKey: "bob"])
        #expect(throws: KeyFault.self) { try AllowList(at: path("nothing")) }
    }
}
