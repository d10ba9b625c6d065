internal import Memory

/// The mean volume of the last sessions that were seen whole.
struct DailyVolumes: ~Copyable, Sendable {
    /// A year of sessions.
    static let windowLimit = 250

    private let window: Int
    private var count = 0
    private var next = 0
    private var sum: Int128 = 0
    private var volumes: FixedCells<Int64>

    init(window: Int) {
        precondition(window > 0 && window <= DailyVolumes.windowLimit, "A window must lie within its limit.")
        self.window = window
        volumes = FixedCells(repeating: 0, count: window)
    }

    mutating func add(_ volume: Int64) {
        if count == window { sum -= Int128(volumes[next]) } else { count += 1 }
        sum += Int128(volume)
        volumes[next] = volume
        next = next + 1 == window ? 0 : next + 1
    }

    /// Steps, rounded down; 0 where no session is known.
    var mean: Int64 { count > 0 ? Int64(sum / Int128(count)) : 0 }
}

extension DailyVolumes: Archivable {
    mutating func archive(_ archive: inout Archive) {
        archive.values(&count, &next, &sum)
        archive.cells(&volumes)
        archive.check(count >= 0 && count <= volumes.count && next >= 0 && next <= volumes.count, "days do not fit")
    }
}
