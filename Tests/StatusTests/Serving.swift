import Foundation
import Rings

@testable import WebServer

/// A page server at work on a thread of its own, until the test forgets it.
final class Serving {
    /// More than the system takes for a reader who does not read.
    static let bigBody = [UInt8](repeating: UInt8(ascii: "x"), count: 32 << 20)

    private let closing = Signal()
    private let ended = DispatchSemaphore(value: 0)
    let port: Int

    init(connections: Int, patience: Duration = .seconds(1)) throws {
        let (closing, ended) = (closing, ended)
        let opened = Guarded<Result<Int, any Error>?>(nil)
        let limits = WebLimits(connections: connections, patience: patience)
        Thread {
            do {
                var server = try PageServer(host: "127.0.0.1", port: 0, limits: limits, answer: Serving.answer)
                opened.withLock { $0 = .success(server.port) }
                ended.signal()
                server.serve { !closing.isRaised }
            } catch { opened.withLock { $0 = .failure(error) } }
            ended.signal()
        }.start()
        ended.wait()
        port = try opened.withLock { $0 }?.get() ?? 0
    }

    deinit {
        closing.raise()
        ended.wait()
    }

    @Sendable static func answer(_ path: String) -> WebAnswer {
        switch path {
        case "/": .text(200, "here")
        case "/big": WebAnswer(status: 200, contentType: "text/plain", body: bigBody)
        case _: .text(404, "no \(path)")
        }
    }

    func connect(patience: Duration = .seconds(20)) throws -> PlainSocket {
        try .connect(to: SocketPlace("127.0.0.1", port), patience: patience)
    }

    /// What the system counts of this process.
    static var descriptors: Int { (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0 }
    static var residentBytes: Int {
        let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmRSS:") } ?? ""
        return (Int(line.filter(\.isNumber)) ?? 0) << 10
    }

    func get(_ path: String = "/") throws -> (status: Int, body: String) {
        try WebQuestion.get(host: "127.0.0.1", port: port, path: path, patience: .seconds(20))
    }

    /// Sends something and takes what comes until the server closes the connection.
    func converse(_ text: String) throws -> String {
        var socket = try connect()
        do { try socket.send(Array(text.utf8)) } catch { return "" }
        return Serving.rest(of: &socket)
    }

    /// What comes until the other side closes; a reset is an end too.
    static func rest(of socket: inout PlainSocket) -> String {
        var bytes: [UInt8] = []
        while let piece = try? socket.receive(), !piece.isEmpty { bytes += piece }
        return String(decoding: bytes, as: UTF8.self)
    }
}
