import Foundation
import TestPrograms
import Testing
import ZeroMQ

/// Questions and answers of one program or many.
@Suite struct `Questions and answers` {
    private static let limits = QueueLimits(queueLimit: 8, frameLimit: 1_024)

    private static func text(_ frames: [[UInt8]]?) -> [String]? { frames?.map { String(decoding: $0, as: UTF8.self) } }

    /// Answers one question; what it was.
    private func answer(
        _ socket: inout AnswerSocket, within limit: Duration = .seconds(10), _ answer: [String]
    ) throws -> String? {
        var question: String?
        try socket.serve(within: limit) { bytes in
            question = String(decoding: bytes, as: UTF8.self)
            return answer.map { Array($0.utf8) }
        }
        return question
    }

    @Test func `a plain question and one with a number are both answered, frame by frame`() throws {
        let context = try Context()
        var socket = try AnswerSocket(in: context, limits: Self.limits)
        try socket.bind(to: "inproc://desk")
        var asker = try QuestionSocket(in: context)
        try asker.connect(to: "inproc://desk")
        try asker.send(Array("plain".utf8))
        #expect(try answer(&socket, ["a", "b"]) == "plain")
        #expect(Self.text(try asker.receive(within: .seconds(10))) == ["a", "b"])
        #expect(try asker.ask(Array("early".utf8), within: .milliseconds(1)) == nil)
        #expect(try answer(&socket, ["late"]) == "early")
        // The late answer is there by now, and is not the one to this question.
        #expect(try asker.ask(Array("next".utf8), within: .milliseconds(50)) == nil)
        #expect(try answer(&socket, ["too late"]) == "next")
        #expect(try asker.receive(within: .seconds(10))?.count == 3)
    }

    @Test func `questions beyond the limit for one who is away are dropped, and it is asked again`() throws {
        let context = try Context()
        var asker = try QuestionSocket(in: context, limits: QueueLimits(queueLimit: 2, frameLimit: 64))
        var place = try AnswerSocket(in: context, limits: Self.limits)
        let endpoint = try place.bind(to: "tcp://127.0.0.1:*")
        _ = try place.next()
        try asker.connect(to: endpoint)
        for number in 0..<9 { #expect(try asker.ask([UInt8(number)], within: .zero) == nil) }
        var questions = 0
        while try place.serve(within: .milliseconds(500), { _ in [[1]] }) { questions += 1 }
        #expect((1...9).contains(questions))
        try asker.send([7])
        #expect(try answer(&place, ["x"]) == "\u{7}")
    }

    @Test func `who was taken from the list is answered no more`() throws {
        let folder = try RunningProgram.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let (server, ann) = (try KeyPair.make(), try KeyPair.make())
        try KeyFile.write(ann, to: folder.appending(path: "ann").path())
        let context = try Context()
        let door = try Doorkeeper(in: context).door(
            "desk", DoorRules(curve: CurveServer(keys: server, clients: try AllowList(at: folder.path()))))
        var socket = try AnswerSocket(in: context, limits: Self.limits, door: door)
        let endpoint = try socket.bind(to: "tcp://127.0.0.1:*")
        var asker = try QuestionSocket(in: Context(), curve: CurveClient(keys: ann, server: server.publicKey))
        try asker.connect(to: endpoint)
        try asker.send([65])
        #expect(try answer(&socket, ["b"]) == "A")
        #expect(Self.text(try asker.receive(within: .seconds(10))) == ["b"])
        try FileManager.default.removeItem(at: folder.appending(path: "ann.key"))
        let deadline = ContinuousClock.now + .seconds(20)
        var answers = 0
        while door.counts.denied[.revokedKey, default: 0] == 0, ContinuousClock.now < deadline {
            try asker.send([65])
            if try answer(&socket, within: .milliseconds(100), ["b"]) != nil { answers += 1 }
        }
        #expect(door.counts.denied[.revokedKey] == 1)
        #expect(try answer(&socket, within: .milliseconds(300), ["b"]) == nil)
    }

    @Test func `who is not let in learns why`() throws {
        let folder = try RunningProgram.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let server = try KeyPair.make()
        let context = try Context()
        let door = try Doorkeeper(in: context).door(
            "desk", DoorRules(curve: CurveServer(keys: server, clients: try AllowList(at: folder.path()))))
        var socket = try AnswerSocket(in: context, limits: Self.limits, door: door)
        let endpoint = try socket.bind(to: "tcp://127.0.0.1:*")
        for (curve, reason) in [
            (CurveClient(keys: try .make(), server: server.publicKey), KeyRefusal.unknownKey), (nil, .otherSecurity),
        ] {
            var asker = try QuestionSocket(in: Context(), curve: curve)
            try asker.watchRefusals()
            try asker.connect(to: endpoint)
            try asker.send([65])
            var refusal: KeyRefusal?
            let deadline = ContinuousClock.now + .seconds(20)
            while refusal == nil, ContinuousClock.now < deadline {
                #expect(try answer(&socket, within: .milliseconds(20), ["b"]) == nil)
                refusal = try asker.refusal()
            }
            #expect(refusal == reason)
        }
    }
}
