import Memory
import Redis
import Testing

@Suite struct `An address of Redis` {
    @Test func `names server, database and who asks`() throws {
        let whole = try RedisAddress("redis://:s%3Acret@10.0.0.1:7000/3")
        #expect(whole.host == "10.0.0.1" && whole.port == 7_000 && whole.database == 3)
        #expect(whole.hasPassword && whole.user == nil)
        let short = try RedisAddress("redis://localhost")
        #expect(short.host == "localhost" && short.port == 6_379 && short.database == 0 && !short.hasPassword)
        let user = try RedisAddress("redis://relay:p@ss@[::1]:1/")
        #expect(user.user == "relay" && user.host == "::1" && user.port == 1)
        #expect("\(user)" == "redis://[::1]:1/0")
    }

    @Test(arguments: [
        ("http://localhost", RedisAddress.Fault.scheme), ("", .scheme), ("rediss://localhost", .encryption),
        ("redis://", .host), ("redis://:6379", .host), ("redis://a b", .host), ("redis://[::1", .host),
        ("redis://[::1]x:1", .host), ("redis://h:0", .port), ("redis://h:65536", .port), ("redis://h:", .port),
        ("redis://h:+1", .port), ("redis://h:1/x", .database), ("redis://h:1/65536", .database),
        ("redis://h:1/+1", .database), ("redis://secret@h", .credentials), ("redis://:@h", .credentials),
        ("redis://:%G1@h", .credentials), ("redis://:%1@h", .credentials), ("redis://:%FF@h", .credentials),
        ("redis://h:1/0?secret", .rest), ("redis://h#x", .rest),
    ])
    func `is refused with what is wrong`(text: String, fault: RedisAddress.Fault) {
        #expect(throws: fault) { _ = try RedisAddress(text) }
        #expect(!"\(fault)".contains("secret"))
    }

    @Test func `keeps its password to itself`() throws {
        let address = try RedisAddress("redis://someone:hunter2@127.0.0.1:6379/1")
        var dumped = ""
        dump([address], to: &dumped)
        for text in ["\(address)", String(reflecting: address), dumped, "\([address])"] {
            #expect(!text.contains("hunter2"))
        }
    }
}

@Suite struct `Commands of Redis` {
    private func text(_ commands: borrowing RedisCommands) -> String {
        commands.withBytes { String(decoding: $0.array, as: UTF8.self) }
    }

    @Test func `stand on the wire with their lengths`() {
        var commands = RedisCommands(capacity: 8)
        commands.append("SET", "k", "")
        commands.begin(2)
        commands.add([0, 13, 10])
        commands.add(12_345)
        let written = text(commands)
        #expect(written == "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$0\r\n\r\n*2\r\n$3\r\n\0\r\n\r\n$5\r\n12345\r\n")
        let (count, bytes) = (commands.count, commands.byteCount)
        #expect(count == 2 && bytes == written.utf8.count)
        commands.removeAll()
        let isEmpty = commands.isEmpty
        #expect(isEmpty)
    }

    @Test func `lengths of any number of digits are written whole`() {
        for length in [9, 10, 99, 100, 9_999, 10_000, 99_999, 100_000, 1_234_567] {
            var commands = RedisCommands()
            commands.begin(1)
            commands.add([UInt8](repeating: 65, count: length))
            #expect(text(commands).hasPrefix("*1\r\n$\(length)\r\nAA"))
        }
    }
}
