internal import Foundation
internal import Synchronization

/// An answer that one thread gives once and a task waits for.
package final class Opening: Sendable {
    private enum State {
        case waiting
        case asked(CheckedContinuation<Void, any Error>)
        case answered(Result<Void, any Error>)
    }
    private let state = Mutex(State.waiting)

    package init() {}

    package func finish(_ result: Result<Void, any Error>) {
        let waiting: CheckedContinuation<Void, any Error>? = state.withLock { state in
            defer { state = .answered(result) }
            if case .asked(let continuation) = state { return continuation }
            return nil
        }
        waiting?.resume(with: result)
    }

    /// Waits for the answer; may be asked again after it came.
    package func value() async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            let answer: Result<Void, any Error>? = state.withLock { state in
                if case .answered(let result) = state { return result }
                state = .asked(continuation)
                return nil
            }
            if let answer { continuation.resume(with: answer) }
        }
    }
}

/// Work on an operating-system thread of its own: it may block without starving the pool that runs tasks.
///
/// Whoever starts it awaits it, so that its failure is learnt; nothing is left running.
package struct OwnThread: Sendable {
    private static let stackSize = 8 << 20
    private let ending = Opening()

    package init(_ body: @escaping @Sendable () throws -> Void) {
        let ending = ending
        let thread = Thread {
            ending.finish(Result { try body() })
        }
        thread.stackSize = OwnThread.stackSize
        thread.start()
    }

    /// Waits for the end of the work; throws what it threw.
    package func value() async throws { try await ending.value() }
}
