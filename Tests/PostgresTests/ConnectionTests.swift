internal import Foundation
internal import Postgres
internal import TestPrograms
internal import TestServers
import Testing

/// What the wrapper promises, against a real server.
@Suite(.enabled(if: PostgresServer.isAvailable, "\(PostgresServer.obstacle ?? "")"), .serialized)
struct ConnectionTests {
    private static func connect(
        to server: PostgresServer, limits: Connection.Limits = Connection.Limits()
    ) throws -> Connection {
        try Connection(to: ServerAddress(url: server.url), limits: limits)
    }

    /// What a call throws.
    private static func failure(of body: () throws -> Void) -> PostgresError? {
        do { try body() } catch { return error as? PostgresError }
        return nil
    }

    @Test func `values go in and come out as they are`() throws {
        let server = try PostgresServer()
        var connection = try Self.connect(to: server)
        let text = "O'Brien; DROP TABLE x --\" ελ 🌊"
        let rows = try connection.query(
            "SELECT $1, $2, $3, $4, $5, NULL::text, $6::text",
            [.integer(.min), .real(-0.1), .text(text), .flag(true), .bytes([0, 255, 7]), .null])
        #expect(rows.count == 1 && rows.columns == 7)
        #expect(rows.integer(0, 0) == .min)
        #expect(rows.real(0, 1) == -0.1)
        #expect(rows.text(0, 2) == text)
        #expect(rows.integer(0, 3) == 1)
        #expect(rows.bytes(0, 4) == [0, 255, 7])
        #expect(rows.isNull(0, 5) && rows.isNull(0, 6))
        let small = try connection.query("SELECT (-7)::smallint, (-70000)::integer, false, 'x'::text AS name")
        #expect(small.integer(0, 0) == -7 && small.integer(0, 1) == -70_000 && small.integer(0, 2) == 0)
        #expect(small.name(ofColumn: 3) == "name")
    }

    @Test func `an error has its code, and the connection goes on`() throws {
        let server = try PostgresServer()
        var connection = try Self.connect(to: server)
        try connection.run(
            "CREATE TABLE t (a integer PRIMARY KEY, b numeric CHECK (b > 0)); INSERT INTO t VALUES (1, 1)")
        let double = Self.failure { try connection.run("INSERT INTO t VALUES (1, 2)") }
        #expect(double?.state == "23505" && double?.isRowFault == true && double?.isTransient == false)
        #expect(double?.severity == "ERROR")
        #expect(double?.detail == "Key (a)=(1) already exists.")
        #expect(Self.failure { _ = try connection.query("SELECT 1 / 0") }?.state == "22012")
        #expect(Self.failure { _ = try connection.query("SELEKT") }?.state == "42601")
        #expect(Self.failure { try connection.run("COPY t FROM STDIN") } != nil)
        let isBroken = connection.isBroken
        #expect(!isBroken)
        #expect(try connection.query("SELECT count(*) FROM t").integer(0, 0) == 1)
    }

    @Test func `a transaction that fails leaves nothing`() throws {
        struct Refusal: Error {}
        let server = try PostgresServer()
        var connection = try Self.connect(to: server)
        try connection.run("CREATE TABLE t (a integer)")
        #expect(throws: Refusal.self) {
            try connection.transaction { connection in
                try connection.run("INSERT INTO t VALUES (1)")
                throw Refusal()
            }
        }
        let isOpen = connection.isInTransaction
        #expect(!isOpen)
        try connection.transaction { try $0.run("INSERT INTO t VALUES (2)") }
        #expect(try connection.query("SELECT string_agg(a::text, ',') FROM t").text(0, 0) == "2")
    }

    @Test func `remarks are kept up to a limit`() throws {
        let server = try PostgresServer()
        var connection = try Self.connect(to: server)
        try connection.run("DROP TABLE IF EXISTS nothing")
        #expect(connection.takeNotices() == ["table \"nothing\" does not exist, skipping"])
        #expect(connection.takeNotices().isEmpty)
        try connection.run("DO $$ BEGIN FOR i IN 1..100 LOOP RAISE NOTICE 'n %', i; END LOOP; END $$")
        let notices = connection.takeNotices()
        #expect(notices.count == 65 && notices.first == "36 earlier remarks were dropped" && notices.last == "n 100")
    }

    @Test func `a sign-in that is refused says why and never shows the password`() throws {
        let server = try PostgresServer()
        let wrong = Self.failure {
            _ = try Connection(to: ServerAddress(url: server.url(database: "postgres", password: "s3cret")))
        }
        #expect(wrong?.state == "28P01" && wrong?.isTransient == false && wrong?.severity == "FATAL")
        #expect(wrong?.message == "password authentication failed for user \"postgres\"")
        let missing = Self.failure { _ = try Connection(to: ServerAddress(url: server.url(database: "nowhere"))) }
        #expect(missing?.state == "3D000")
        #expect(missing?.description == "database \"nowhere\" does not exist (3D000)")
        let address = try ServerAddress(url: server.url)
        #expect(address.description == "postgres://postgres@127.0.0.1:\(server.port)/postgres")
        server.killAtOnce()
        let gone = Self.failure { _ = try Connection(to: address) }
        #expect(gone?.state == "" && gone?.isTransient == true)
        #expect(gone?.message.contains("Connection refused") == true)
        for text in [wrong?.description, missing?.description, gone?.description] {
            #expect(text?.contains(PostgresServer.password) == false && text?.contains("s3cret") == false)
        }
    }

    @Test func `an unreadable address shows nothing of itself`() {
        for url in ["postgres://u:p@ss:hush@h/d", "postgres://u:p/a@h/d", "postgres://u:hush@h:p0rt/d", "nonsense"] {
            #expect(throws: ServerAddress.Unreadable.self) { try ServerAddress(url: url) }
            do { _ = try ServerAddress(url: url) } catch {
                #expect(!"\(error)".contains("hush"))
            }
        }
        #expect(throws: Never.self) { try ServerAddress(url: "postgres:///d?host=/tmp") }
        #expect(throws: Never.self) { try ServerAddress(url: "postgres://[::1]:5432/d") }
    }

    @Test func `a statement that takes too long is ended, and the connection goes on`() throws {
        let server = try PostgresServer()
        var connection = try Self.connect(to: server, limits: Connection.Limits(statement: .milliseconds(100)))
        let late = Self.failure { try connection.run("SELECT pg_sleep(60)") }
        #expect(late?.state == "57014" && late?.isTransient == true)
        #expect(try connection.query("SELECT 1::bigint").integer(0, 0) == 1)
    }

    @Test func `a server that stops answering is given up`() throws {
        let server = try PostgresServer()
        var connection = try Self.connect(to: server, limits: Connection.Limits(statement: .milliseconds(100)))
        let process = connection.serverProcess
        kill(process, SIGSTOP)
        defer { kill(process, SIGCONT) }
        let silent = Self.failure { try connection.run("SELECT 1") }
        #expect(silent?.state == "" && silent?.isTransient == true)
        #expect(silent?.message.contains("did not answer within") == true)
        let other = Self.failure { try connection.run("SELECT 1") }
        #expect(other?.isTransient == true)
        let isBroken = connection.isBroken
        #expect(isBroken)
    }

    @Test func `a killed server is told from a refused statement, and reconnecting helps`() throws {
        let server = try PostgresServer()
        var connection = try Self.connect(to: server)
        try connection.run("CREATE TABLE t (a integer); INSERT INTO t VALUES (1)")
        server.killAtOnce()
        let lost = Self.failure { try connection.run("INSERT INTO t VALUES (2)") }
        #expect(lost?.isTransient == true && lost?.isRowFault == false)
        #expect(Self.failure { try connection.reconnect() }?.isTransient == true)
        try server.start()
        try connection.reconnect()
        #expect(try connection.query("SELECT count(*) FROM t").integer(0, 0) == 1)
        // One killed connection makes the server end all of them and recover.
        var other = try Self.connect(to: server)
        kill(connection.serverProcess, SIGKILL)
        let crashed = Self.failure { try connection.run("SELECT 1") }
        let beside = Self.failure { try other.run("SELECT pg_sleep(10)") }
        #expect(crashed?.isTransient == true && beside?.isTransient == true)
    }
}
