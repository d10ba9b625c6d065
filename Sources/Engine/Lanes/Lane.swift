internal import Memory
internal import Rings
internal import Synchronization

/// One OS thread as the executor of many symbol actors.
///
/// Jobs (questions, settings) wait here until the thread comes by; the events of the symbols take the rings instead.
public final class Lane: SerialExecutor {
    public let number: Int
    let parker = Parker()
    /// Raised when no event can come any more: the thread drains what there is and ends.
    let closing = Signal()
    private let jobs = Guarded<[UnownedJob]>([])
    private let jobCount = Tally()
    private let archive = Mutex(Archive())

    init(number: Int) { self.number = number }

    public func enqueue(_ job: consuming ExecutorJob) {
        let unowned = UnownedJob(job)
        jobs.withLock { $0.append(unowned) }
        jobCount.add()
        parker.wake()
    }

    public func asUnownedSerialExecutor() -> UnownedSerialExecutor { unsafe UnownedSerialExecutor(ordinary: self) }

    /// Lends memory that states are written down in, one after the other.
    func withArchive<Result>(_ body: (inout Archive) -> sending Result) -> sending Result {
        archive.withLock { body(&$0) }
    }

    var hasJobs: Bool { jobCount.value > 0 }

    /// Runs the jobs that wait now; only on the lane's thread.
    func runJobs() {
        guard hasJobs else { return }
        let waiting = jobs.withLock { list in
            let taken = list
            list.removeAll(keepingCapacity: true)
            return taken
        }
        jobCount.add(-waiting.count)
        for job in waiting { unsafe job.runSynchronously(on: asUnownedSerialExecutor()) }
    }
}
