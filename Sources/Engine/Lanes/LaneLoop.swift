internal import Rings

/// A lane's thread: takes events from its inlets, carries updates out, runs the jobs of its actors, parks when idle.
struct LaneLoop {
    /// Polls without news between two looks at the clock.
    private static let pollsALook = 32
    private static let parkLimit: UInt64 = 100_000_000

    let lane: Lane
    /// Nanoseconds without news before the thread parks.
    let spin: Int64

    /// Works until the lane is closing and everything is drained.
    func run() {
        let desk = lane.desk
        var idle = 0
        var idleSince = Seat.monotonic
        while true {
            let isClosing = desk.closing.isRaised
            if desk.poll({ lane.runJobs() }) > 0 {
                idle = 0
                continue
            }
            if isClosing { return }
            if idle == 0 { idleSince = Seat.monotonic }
            idle += 1
            if idle % LaneLoop.pollsALook != 0 || Seat.monotonic - idleSince < spin {
                Seat.pause()
            } else {
                desk.parker.park(atMost: LaneLoop.parkLimit) {
                    lane.hasJobs || desk.closing.isRaised || desk.hasNews
                }
            }
        }
    }
}
