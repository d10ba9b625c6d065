internal import Memory
internal import Rings
internal import Synchronization

/// The executor of many symbol actors: one OS thread.
///
/// Jobs (questions, settings) wait here until the thread comes by; events of the symbols come by their rings to the
/// desk.
public final class Lane: SerialExecutor {
    public let number: Int
    let desk: LaneDesk
    private let jobs = Guarded<[UnownedJob]>([])
    private let jobCount = Tally()
    private let archive = Mutex(Archive())

    init(number: Int, takesVisits: Bool) {
        self.number = number
        desk = LaneDesk(takesVisits: takesVisits)
    }

    public func enqueue(_ job: consuming ExecutorJob) {
        let unowned = UnownedJob(job)
        jobs.withLock { $0.append(unowned) }
        jobCount.add()
        desk.parker.wake()
    }

    public func asUnownedSerialExecutor() -> UnownedSerialExecutor { unsafe UnownedSerialExecutor(ordinary: self) }

    /// Lends memory that states are written down in, one after the other.
    func withArchive<Result>(_ body: (inout Archive) -> sending Result) -> sending Result {
        archive.withLock { body(&$0) }
    }

    var hasJobs: Bool { jobCount.value > 0 }

    /// Runs the jobs that wait now; only on the lane's thread, and while it has the desk.
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
