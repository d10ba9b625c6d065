import TestPrograms
import Testing

@testable import WebServer

/// What a page server answers, and to whom.
@Suite struct `A page server` {
    @Test func `a page is answered, and an unknown one`() throws {
        let server = try Serving(connections: 8)
        #expect(try server.get() == (200, "here\n"))
        #expect(try server.get("/other?a=b") == (404, "no /other\n"))
    }

    @Test func `a page larger than any buffer comes whole`() throws {
        let server = try Serving(connections: 8, patience: .seconds(20))
        var socket = try server.connect()
        try socket.send(Array("GET /big HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".utf8))
        let text = Serving.rest(of: &socket).utf8
        #expect(text.suffix(Serving.bigBody.count).elementsEqual(Serving.bigBody))
    }

    @Test func `one connection takes several requests, also sent at once`() throws {
        let server = try Serving(connections: 8)
        let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
        let last = "GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        let text = try server.converse(request + request + last)
        #expect(text.components(of: "here\n") == 2 && text.hasSuffix("no /last\n"), "\(text)")
    }

    @Test(arguments: ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT", "get", "BREW"])
    func `only GET and HEAD are answered`(method: String) throws {
        let server = try Serving(connections: 8)
        let text = try server.converse("\(method) / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
        #expect(!text.contains("here"), "\(text)")
        let isRefused = ["HTTP/1.1 405", "HTTP/1.1 400", "HTTP/1.0 403"].contains(String(text.prefix(12)))
        #expect(text.isEmpty || isRefused, "\(text)")
        #expect(try server.get().status == 200)
    }

    /// The head of what GET would answer, and the next request finds the connection where it belongs.
    @Test func `HEAD is answered without a body`() throws {
        let server = try Serving(connections: 8)
        let head = try server.converse("HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").lowercased()
        #expect(head.hasPrefix("http/1.1 200 ") && head.contains("content-length: 5\r\n"), "\(head)")
        #expect(head.hasSuffix("\r\n\r\n") && !head.contains("here"), "\(head)")
        let three = try server.converse(
            "HEAD /x HTTP/1.1\r\nHost: a\r\n\r\nHEAD / HTTP/1.1\r\nHost: a\r\n\r\n"
                + "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        #expect(three.components(of: "HTTP/1.1 ") == 3 && three.components(of: "here\n") == 1, "\(three)")
        #expect(three.hasPrefix("HTTP/1.1 404 ") && three.hasSuffix("here\n"), "\(three)")
    }

    @Test(arguments: [
        "/..", "/../", "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/a/../..", "//", "/./", "/%00", "/%0d%0aX: y",
        "/\u{1}", "/%", "/%zz", "http://127.0.0.1/x", "*", "x", "/?", "/x?a=%00&b", "/\u{FF}\u{FE}",
    ]) func `a strange path is a page that is not there, or no request`(path: String) throws {
        let server = try Serving(connections: 8)
        let text = try server.converse("GET \(path) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        #expect(!text.contains("root:") && !text.contains("\r\nX: y"), "\(text)")
        let isRefused = ["HTTP/1.1 40", "HTTP/1.0 40"].contains(String(text.prefix(11)))
        #expect(text.isEmpty || isRefused || text.hasSuffix("here\n"), "\(path): \(text)")
        #expect(try server.get() == (200, "here\n"))
    }

    /// Its bytes would be taken for the next request.
    @Test(arguments: ["Content-Length: 33", "Transfer-Encoding: chunked"])
    func `a request that brings a body is refused, and its body is no request`(header: String) throws {
        let server = try Serving(connections: 8)
        let text = try server.converse(
            "GET / HTTP/1.1\r\nHost: a\r\n\(header)\r\n\r\nGET /hidden HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(text.hasPrefix("HTTP/1.1 400 ") && !text.contains("hidden"), "\(text)")
    }

    @Test func `an upgrade is refused`() throws {
        let server = try Serving(connections: 8)
        let text = try server.converse(
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                + "Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\r\n\r\n")
        #expect(!text.contains("101"), "\(text)")
        #expect(try server.get().status == 200)
    }

    @Test func `an address in use is an error by name`() throws {
        let server = try Serving(connections: 8)
        let error = #expect(throws: WebError.self) {
            _ = try PageServer(
                host: "127.0.0.1", port: server.port, limits: WebLimits(connections: 1, patience: .seconds(1)),
                answer: Serving.answer
            ).port
        }
        #expect(error?.description == "127.0.0.1:\(server.port) is in use")
    }

    @Test func `an address of another machine is an error by name`() throws {
        let error = #expect(throws: WebError.self) {
            _ = try PageServer(
                host: "192.0.2.1", port: 0, limits: WebLimits(connections: 1, patience: .seconds(1)),
                answer: Serving.answer
            ).port
        }
        #expect(error?.description.hasPrefix("cannot listen on 192.0.2.1:0: ") == true, "\(String(describing: error))")
    }

    @Test func `a server that has ended leaves its address free`() throws {
        let port = try Serving(connections: 8).port
        #expect(throws: WebError.self) {
            try WebQuestion.get(host: "127.0.0.1", port: port, path: "/", patience: .seconds(5))
        }
        try PlainSocket.checkFree(SocketPlace("127.0.0.1", port))
    }

    @Test(arguments: [
        "", "HTTP/1.1", "HTTP/1.1 200", "SSH-2.0-x\r\n\r\n", "HTTP/1.1 abc OK\r\n\r\nx", "HTTP/1.1 200 OK\r\n",
    ]) func `an answer that is no HTTP is none`(text: String) { #expect(WebQuestion.parse(text) == nil) }
}

extension String {
    func components(of part: String) -> Int { ranges(of: part).count }
}
