internal import Glibc
internal import Market
internal import Memory

/// The volumes of a session minute by minute: today's, or those of a session before.
struct MinuteVolumes: Sendable {
    /// Two days: a longer session's last minutes are not kept.
    static let limit = 2_880
    static let minute = 60 * Timestamp.second

    /// Nanoseconds.
    var open: Int64
    var length: Int64
    /// Steps; the complement of a minute's volume, below zero, where not all of the minute was seen.
    private var cells: [Int64] = []

    init(open: Int64, length: Int64) {
        self.open = open
        self.length = length
    }

    /// Minutes of the whole session.
    var minutes: Int { min(MinuteVolumes.limit, Int((length + MinuteVolumes.minute - 1) / MinuteVolumes.minute)) }
    /// Minutes that have passed.
    var count: Int { cells.count }

    /// The place of an instant's minute; nil outside the session.
    func place(of time: Int64) -> Int? {
        guard time >= open, time < open &+ length else { return nil }
        return Int((time &- open) / MinuteVolumes.minute)
    }

    func window(of place: Int) -> Window {
        let start = open + Int64(place) * MinuteVolumes.minute
        return Window(from: start, to: min(start + MinuteVolumes.minute, open + length))
    }

    func volume(_ place: Int) -> Int64 { cells[place] < 0 ? ~cells[place] : cells[place] }

    /// Whether all of a minute that has passed was seen.
    func isWhole(_ place: Int) -> Bool { place < cells.count && cells[place] >= 0 }

    mutating func append(_ volume: Int64, isWhole: Bool) { cells.append(isWhole ? volume : ~volume) }

    mutating func set(_ place: Int, isWhole: Bool) {
        let volume = volume(place)
        cells[place] = isWhole ? volume : ~volume
    }

    /// Adds to a minute that has passed; a removal of more than is there leaves nothing.
    mutating func change(_ place: Int, by quantity: Int64) {
        let isWhole = isWhole(place)
        let volume = max(0, volume(place) &+ quantity)
        cells[place] = isWhole ? volume : ~volume
    }

    /// Begins another session in the same memory.
    mutating func restart(open: Int64, length: Int64) {
        self.open = open
        self.length = length
        cells.removeAll(keepingCapacity: true)
    }
}

/// The sessions before today's, the oldest of which makes room.
struct MinuteHistory: Sendable {
    /// What the sessions before say of one minute of the session.
    struct Reading: BitwiseCopyable {
        /// Sessions in which the minute was wholly seen, and how many of these traded in it.
        var sessions = 0
        var samples = 0
        /// The mean of the minute's volume, steps; not a number without sessions.
        var mean = Double.nan
        /// Mean and deviation of the logarithm of the volumes above zero; the deviation divides by one less than
        /// their number and is not a number for fewer than two.
        var logMean = Double.nan
        var logDeviation = Double.nan

        /// Deviations of a volume's logarithm from the mean; not a number where either side has no say.
        func score(of volume: Int64) -> Double {
            guard volume > 0, logDeviation > 0 else { return .nan }
            return (log(Double(volume)) - logMean) / logDeviation
        }
    }

    let limit: Int
    /// In no order that matters once the limit is reached: `next` is the oldest one.
    private var sessions: [MinuteVolumes] = []
    private var next = 0
    /// The length that most sessions have; of several the one of the latest session.
    private(set) var usualLength: Int64 = 0

    init(limit: Int) { self.limit = limit }

    /// Sessions of the usual length.
    var usualCount: Int { sessions.reduce(0) { $0 + ($1.length == usualLength ? 1 : 0) } }

    /// Takes a session that has ended and gives its memory, or that of the oldest one, back for the next.
    mutating func add(_ session: inout MinuteVolumes) {
        let latest = session.length
        if sessions.count < limit {
            sessions.append(session)
            session = MinuteVolumes(open: 0, length: 0)
        } else {
            swap(&sessions[next], &session)
            next = next + 1 == limit ? 0 : next + 1
        }
        usualLength = usual(latest)
    }

    private func usual(_ latest: Int64) -> Int64 {
        var best = latest
        var most = sessions.reduce(0) { $0 + ($1.length == latest ? 1 : 0) }
        // From the latest to the oldest: the later one wins among equals.
        for back in 1...sessions.count {
            let length = sessions[(next + 2 * sessions.count - back) % sessions.count].length
            let count = sessions.reduce(0) { $0 + ($1.length == length ? 1 : 0) }
            if count > most { (best, most) = (length, count) }
        }
        return best
    }

    func reading(of place: Int) -> Reading {
        var reading = Reading()
        var sum: Int64 = 0
        var mean = 0.0
        var squares = 0.0
        for session in sessions where session.length == usualLength && session.isWhole(place) {
            let volume = session.volume(place)
            reading.sessions += 1
            sum &+= volume
            guard volume > 0 else { continue }
            // Welford 1962: no digits are lost where the logarithms differ little.
            reading.samples += 1
            let step = log(Double(volume)) - mean
            mean += step / Double(reading.samples)
            squares += step * (log(Double(volume)) - mean)
        }
        if reading.sessions > 0 { reading.mean = Double(sum) / Double(reading.sessions) }
        if reading.samples > 0 { reading.logMean = mean }
        if reading.samples > 1 { reading.logDeviation = (squares / Double(reading.samples - 1)).squareRoot() }
        return reading
    }

    /// Corrects the session that held an instant, where it is still kept.
    mutating func change(at time: Int64, by quantity: Int64) {
        for index in sessions.indices {
            guard let place = sessions[index].place(of: time), place < sessions[index].count else { continue }
            sessions[index].change(place, by: quantity)
        }
    }
}

extension MinuteVolumes: Archivable {
    mutating func archive(_ archive: inout Archive) {
        archive.values(&open, &length)
        archive.array(&cells)
        archive.check(length >= 0 && cells.count <= MinuteVolumes.limit, "a session has too many minutes")
    }
}

extension MinuteHistory: Archivable {
    mutating func archive(_ archive: inout Archive) {
        archive.list(&sessions, blank: MinuteVolumes(open: 0, length: 0)) { $0.archive(&$1) }
        archive.values(&next, &usualLength)
        archive.check(sessions.count <= limit && next >= 0 && next <= limit, "too many sessions are kept")
    }
}
