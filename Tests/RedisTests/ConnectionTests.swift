import Memory
import Redis
import TestPrograms
import TestServers
import Testing

@Suite(.enabled(if: RedisServer.isInstalled, "redis-server is not installed"))
struct `A connection to Redis` {
    private static func open(_ server: RedisServer, _ limits: RedisConnection.Limits = RedisConnection.Limits())
        throws -> RedisConnection
    {
        try RedisConnection.open(try RedisAddress(server.url), limits: limits)
    }

    /// What opening fails with; nil where it works.
    private static func failure(_ url: String) throws -> RedisError? {
        let address = try RedisAddress(url)
        do throws(RedisError) { _ = try RedisConnection.open(address) } catch { return error }
        return nil
    }

    @Test func `thousands of commands are answered in their order, refused ones in their place`() throws {
        let server = try RedisServer()
        var connection = try Self.open(server)
        var commands = RedisCommands()
        for index in 0..<10_000 {
            // Every seventh asks a number of what is none.
            if index % 7 == 3 { commands.append("INCR", "text") } else { commands.append("INCR", "count") }
        }
        #expect(try connection.ask("SET", "text", "no number") == .status("OK"))
        try connection.send(commands)
        var replies: [RedisReply] = []
        try connection.receive(4_000) { replies.append($0) }
        let owed = connection.owed
        #expect(owed == 6_000)
        try connection.receive(6_000) { replies.append($0) }
        var count: Int64 = 0
        for (index, reply) in replies.enumerated() {
            if index % 7 == 3 {
                guard case .error(let refusal) = reply else {
                    Issue.record("\(reply)")
                    continue
                }
                #expect(refusal.code == "ERR" && refusal.message == "value is not an integer or out of range")
            } else {
                count += 1
                #expect(reply == .integer(count))
            }
        }
        #expect(try server.ask("GET", "count") == "\(count)")
    }

    @Test func `every form of reply comes as it is`() throws {
        let server = try RedisServer()
        var connection = try Self.open(server)
        var commands = RedisCommands()
        let bytes: [UInt8] = [0, 13, 10, 255, 0, 42]
        commands.begin(3)
        commands.add("SET")
        commands.add([0, 1])
        commands.add(bytes)
        commands.begin(2)
        commands.add("GET")
        commands.add([0, 1])
        commands.append("GET", "nothing")
        commands.append("SET", "empty", "")
        commands.append("GET", "empty")
        commands.append("EVAL", "return {1,{'a',{},false},redis.error_reply('MINE own')}", "0")
        commands.append("LPUSH", "list", "x")
        commands.append("GET", "list")
        try connection.send(commands)
        var replies: [RedisReply] = []
        try connection.receive(commands.count) { replies.append($0) }
        #expect(replies[0] == .status("OK") && replies[1] == .bytes(bytes) && replies[2] == .none)
        #expect(replies[4] == .bytes([]) && replies[4].text == "")
        guard case .array(let outer) = replies[5], outer.count == 3 else {
            Issue.record("\(replies[5])")
            return
        }
        #expect(outer[0] == .integer(1) && outer[1] == .array([.bytes([97]), .array([]), .none]))
        guard case .error(let own) = outer[2], case .error(let wrong) = replies[7] else {
            Issue.record("\(replies)")
            return
        }
        #expect(own.description == "MINE own" && wrong.code == "WRONGTYPE")
        #expect(try server.ask("STRLEN", "empty") == "0")
    }

    @Test func `a value of any length and bytes comes back`() throws {
        let server = try RedisServer()
        var connection = try Self.open(server)
        var chance = SeededChance(seed: 7 + Campaign.seed)
        for length in [1, 16_383, 16_384, 16_385, 99_999, 100_000, 5_000_000] {
            let value = (0..<length).map { _ in UInt8(truncatingIfNeeded: chance.next()) }
            var commands = RedisCommands()
            commands.begin(3)
            commands.add("SET")
            commands.add("value")
            commands.add(value)
            commands.append("GET", "value")
            try connection.send(commands)
            var replies: [RedisReply] = []
            try connection.receive(2) { replies.append($0) }
            #expect(replies[0] == .status("OK") && replies[1] == .bytes(value), "\(length) bytes")
        }
    }

    @Test func `the database of the address is the one that is used`() throws {
        let server = try RedisServer()
        var connection = try RedisConnection.open(try RedisAddress("redis://127.0.0.1:\(server.port)/5"))
        #expect(try connection.ask("SET", "here", "yes") == .status("OK"))
        #expect(try server.ask("-n", "5", "GET", "here") == "yes")
        #expect(try server.ask("GET", "here") == "")
        let failure = try Self.failure("redis://127.0.0.1:\(server.port)/99")
        #expect("\(String(describing: failure))".contains("SELECT 99"))
    }

    @Test func `a password is asked for, refused, or too much`() throws {
        let server = try RedisServer(password: "hunter2 & more")
        let port = server.port
        let address = "redis://127.0.0.1:\(port)/0"
        #expect(try Self.failure(address) == .passwordMissing(address: address))
        let wrong = try Self.failure("redis://:swordfish@127.0.0.1:\(port)/0")
        #expect(wrong == .wrongPassword(address: address))
        #expect(!"\(String(reflecting: wrong))".contains("swordfish"))
        #expect(try Self.failure("redis://:hunter2%20%26%20more@127.0.0.1:\(port)/0") == nil)
        #expect(try Self.failure("redis://default:hunter2%20%26%20more@127.0.0.1:\(port)/0") == nil)
        let open = try RedisServer()
        let plain = "redis://127.0.0.1:\(open.port)/0"
        #expect(try Self.failure("redis://:swordfish@127.0.0.1:\(open.port)") == .passwordNotWanted(address: plain))
    }

    /// Such a server repeats what it was asked.
    @Test func `a server without AUTH does not make the password known`() throws {
        let server = try RedisServer(options: ["--rename-command", "AUTH", ""])
        let failure = try #require(try Self.failure("redis://:swordfish@127.0.0.1:\(server.port)"))
        guard case .refused(_, "AUTH", let refusal) = failure else {
            Issue.record("\(failure)")
            return
        }
        #expect(refusal.code == "ERR" && !String(reflecting: failure).contains("swordfish"))
    }

    @Test func `a server that dies in the middle ends the connection, not the program`() throws {
        let server = try RedisServer()
        var connection = try Self.open(server)
        var commands = RedisCommands()
        for index in 0..<2_000 { commands.append("SET", "key\(index)", String(repeating: "v", count: 500)) }
        try connection.send(commands)
        server.kill()
        var failure: RedisError?
        do throws(RedisError) {
            try connection.receive(commands.count) { _ in }
            // All of them may have been answered before it died.
            for _ in 0..<10 { try connection.send(commands) }
        } catch { failure = error }
        guard case .closed = failure else {
            Issue.record("\(String(describing: failure))")
            return
        }
        #expect(failure?.isPassing == true)
    }

    @Test func `a server that stands still is given up after the limit`() throws {
        let server = try RedisServer()
        let limits = RedisConnection.Limits(silence: .milliseconds(100))
        var connection = try Self.open(server, limits)
        server.freeze()
        var failure: RedisError?
        do throws(RedisError) { _ = try connection.ask("PING") } catch { failure = error }
        #expect(failure == .timedOut(address: "redis://127.0.0.1:\(server.port)/0", limit: .milliseconds(100)))
        server.thaw()
    }

    @Test func `a reply beyond the limits is refused before it takes memory`() throws {
        let server = try RedisServer()
        var limits = RedisConnection.Limits()
        limits.reply = 100_000
        limits.elements = 1_000
        var long = try Self.open(server, limits)
        var wide = try Self.open(server, limits)
        #expect(try long.ask("SET", "long", String(repeating: "x", count: 200_000)) == .status("OK"))
        let address = "redis://127.0.0.1:\(server.port)/0"
        #expect(throws: RedisError.replyTooLong(address: address, limit: 100_000)) { _ = try long.ask("GET", "long") }
        let script = "local t = {} for i = 1, 1001 do t[i] = i end return t"
        #expect(throws: RedisError.replyTooLong(address: address, limit: 1_000)) {
            _ = try wide.ask("EVAL", script, "0")
        }
    }
}

@Suite struct `Whoever is no Redis` {
    private static func failure(_ answers: String...) throws -> RedisError? {
        let server = try ScriptedServer(answers)
        let address = try RedisAddress("redis://127.0.0.1:\(server.port)")
        do throws(RedisError) { _ = try RedisConnection.open(address) } catch { return error }
        return nil
    }

    @Test func `is told from it by its answer`() throws {
        for answer in ["HTTP/1.1 400 Bad Request\r\n\r\n", "+HELLO\r\n", ":1\r\n", "$-1\r\n", "*x\r\n", "\0\0\0\0\r\n"]
        {
            guard case .notRedis? = try Self.failure(answer) else {
                Issue.record("\(answer.debugDescription) passed for Redis")
                continue
            }
        }
        guard case .closed? = try Self.failure("") else {
            Issue.record("a closed connection passed for Redis")
            return
        }
        guard case .replyTooLong? = try Self.failure("*2000000000\r\n") else {
            Issue.record("a huge array was taken")
            return
        }
    }

    @Test func `a server that loads is told from one that refuses`() throws {
        guard case .loading? = try Self.failure("-LOADING Redis is loading the dataset in memory\r\n") else {
            Issue.record("loading was not seen")
            return
        }
        guard case .refused(_, "PING", let refusal)? = try Self.failure("-DENIED protected mode\r\n") else {
            Issue.record("a refusal was not seen")
            return
        }
        #expect(refusal.code == "DENIED")
    }

    @Test func `nobody at all is told by name`() throws {
        let address = try RedisAddress("redis://:secret@127.0.0.1:1/0")
        var failure: RedisError?
        do throws(RedisError) { _ = try RedisConnection.open(address) } catch { failure = error }
        guard case .cannotConnect("redis://127.0.0.1:1/0", let reason) = failure else {
            Issue.record("\(String(describing: failure))")
            return
        }
        #expect(!reason.isEmpty && failure?.isPassing == true)
    }
}
