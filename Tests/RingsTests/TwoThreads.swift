import Foundation
import Rings
import Synchronization

/// How much harder than usual the tests try: 1, or what MILLRACE_CAMPAIGN says.
let campaign = max(Int(ProcessInfo.processInfo.environment["MILLRACE_CAMPAIGN"] ?? "") ?? 1, 1)

/// Runs each body on an operating-system thread of its own and waits for all of them.
func onThreads(_ bodies: [@Sendable () -> Void]) {
    let done = DispatchSemaphore(value: 0)
    for body in bodies {
        let thread = Thread {
            body()
            done.signal()
        }
        thread.start()
    }
    for _ in bodies { done.wait() }
}

/// Notes the first thing that went wrong on a thread, so that the test can say it afterwards.
final class Complaint: Sendable {
    private let faults = Tally()
    private let text = Mutex("")

    var first: String { text.withLock { $0 } }
    var isMade: Bool { faults.value > 0 }

    func make(_ fault: @autoclosure () -> String, unless holds: Bool) {
        guard !holds else { return }
        if faults.value == 0 { text.withLock { $0 = fault() } }
        faults.add()
    }
}
