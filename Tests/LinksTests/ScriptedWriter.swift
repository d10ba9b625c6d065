import Foundation
import Graph
import Journal
import Market
import TestPrograms
import Wire
import ZeroMQ

@testable import Engine
@testable import Links

/// A writer's process that says what a test tells it, whatever was asked.
final class ScriptedWriter {
    private let folder: URL
    private let context: Context
    private var socket: AnswerSocket

    init() throws {
        folder = try RunningProgram.temporaryFolder()
        context = try Context()
        socket = try AnswerSocket(in: context, limits: LinkLimits.questions)
        try socket.bind(to: "ipc://\(folder.path())/link")
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    var link: ProcessLink { ProcessLink(local: "ipc://\(folder.path())/link") }

    /// What a journal of so many records answers at first.
    static func opening(head: UInt64, run: UInt64 = 1) -> LinkAnswer {
        var answer = LinkAnswer(.whole, to: 0)
        (answer.journal, answer.run, answer.oldest, answer.head) = (77, run, 1, head)
        answer.now = Timestamp(nanoseconds: Int64(Date().timeIntervalSince1970 * 1e9))
        return answer
    }

    /// Records from `first` on, as they follow.
    static func events(from first: UInt64, count: Int, head: UInt64, run: UInt64 = 1) -> LinkAnswer {
        var answer = opening(head: head, run: run)
        (answer.first, answer.last, answer.count) = (first, first + UInt64(count) - 1, count)
        answer.records = [UInt8](repeating: 0, count: 64 * count)
        return answer
    }

    /// Waits for the next question and answers it; false when none came.
    func answer(_ make: (LinkQuestion) -> LinkAnswer) throws -> Bool {
        let deadline = ContinuousClock.now + .seconds(10)
        while ContinuousClock.now < deadline {
            guard try socket.hasMessage(within: .seconds(1)), let asked = try socket.next(),
                let question = LinkQuestion(asked.bytes)
            else { continue }
            var answer = make(question)
            answer.number = question.number
            try socket.send(answer.frames, to: asked)
            return true
        }
        return false
    }
}
