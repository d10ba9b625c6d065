internal import Engine
internal import Graph
internal import Market
internal import Sinks
internal import Wire
internal import ZeroMQ

/// When tap ends by itself.
struct TapLimits: Sendable {
    /// After this long.
    var limit: Duration?
    /// When nothing but heartbeats came for this long after something came.
    var quiet: Duration?
}

/// Subscribes to endpoints and prints what comes, until a limit is reached or somebody stops it.
struct Tap: ~Copyable {
    /// How long to wait for a message before saying that none comes: heartbeats come each second.
    static let patience = Duration.seconds(5)
    /// How long one wait for a message lasts, so that an end is noticed.
    private static let wait = Duration.milliseconds(100)
    /// The same where several endpoints take turns.
    private static let turn = Duration.milliseconds(2)
    /// Messages taken before lines are written.
    private static let burst = 1_024

    private static let plainHint = "does anything publish there, and without keys?"
    private static let keyHint = "does anything publish there, with this key, and is yours on its list?"

    private let endpoints: [String]
    private let limits: TapLimits
    private let world: World
    private let sockets: Sockets
    private var reader: TapReader
    private let digest: DigestFile?
    /// What may be wrong where nothing comes.
    private let hint: String

    /// Sockets cannot lie in an array: they are noncopyable.
    private final class Sockets {
        var first: SubscribeSocket
        var asker: ReplayAsker?
        let others: Sockets?

        init(
            _ endpoints: ArraySlice<String>, replay: ArraySlice<String>, topics: [String], in context: Context,
            curve: CurveClient?
        ) throws(ZeroMQError) {
            first = try SubscribeSocket(in: context, curve: curve)
            // Before it connects, so that a publisher that waits for subscribers sees all of them at once.
            for topic in topics { try first.subscribe(to: topic) }
            if let endpoint = endpoints.first { try first.connect(to: endpoint) }
            if let endpoint = replay.first { asker = try ReplayAsker(endpoint, in: context, curve: curve) }
            let rest = endpoints.dropFirst()
            others =
                rest.isEmpty
                ? nil : try Sockets(rest, replay: replay.dropFirst(), topics: topics, in: context, curve: curve)
        }

        /// Asks for what is missing at an endpoint; nil where it is time to end before an answer comes.
        func ask(
            _ question: ReplayQuestion, _ endpoint: Int, _ watch: inout TapWatch, _ limits: TapLimits, _ world: World
        ) throws -> ReplayReply? {
            // Where something is missing it is not quiet.
            _ = watch.note(endpoint, isNews: true, now: world.now())
            let reply = try asker?.ask(question) { [watch] in
                world.isStopping || watch.isOver(limits, now: world.now())
            }
            if reply != nil { _ = watch.note(endpoint, isNews: true, now: world.now()) }
            return reply
        }
    }

    init(
        _ endpoints: [String], replay: [String], _ choices: TapChoices, _ limits: TapLimits, digest: DigestFile?,
        curve: CurveClient?,
        world: World
    ) throws(ZeroMQError) {
        self.endpoints = endpoints
        self.limits = limits
        self.world = world
        self.digest = digest
        hint = curve == nil ? Tap.plainHint : Tap.keyHint
        reader = TapReader(choices, endpoints: endpoints.count)
        let topics = choices.readsAllTopics ? [""] : choices.topics + ["\(Heartbeat.kind)/"]
        sockets = try Sockets(endpoints[...], replay: replay[...], topics: topics, in: try Context(), curve: curve)
    }

    /// Returns what was counted.
    mutating func run() throws -> TapCounts {
        var watch = TapWatch(endpoints: endpoints.count, now: world.now())
        while !world.isStopping, !reader.isDone {
            let taken = try takeBurst(&watch)
            try Tap.write(&reader)
            let now = world.now()
            for index in watch.silent(now) {
                let reason = watch.hasSpoken(index) ? "no heartbeat either." : hint
                Terminal.complain(
                    "nothing has come from \(endpoints[index]) for \(TapWatch.seconds(Tap.patience)) s: "
                        + "\(reason) Still waiting.")
            }
            if watch.isOver(limits, now: now) { break }
            if taken == 0, endpoints.count > 1 { world.sleep(DurationText.nanoseconds(Tap.turn)) }
        }
        try digest?.write(reader.digestText)
        return reader.counts
    }

    /// Takes what is there, or waits a little for it where there is one endpoint.
    private mutating func takeBurst(_ watch: inout TapWatch) throws -> Int {
        var taken = 0
        var isWaiting = endpoints.count == 1
        while taken < Tap.burst, !reader.isDone {
            var news = 0
            var (index, next): (Int, Sockets?) = (0, sockets)
            while let socket = next {
                if try take(from: index, socket, within: isWaiting ? Tap.wait : .zero, &watch) { news += 1 }
                (index, next) = (index + 1, socket.others)
            }
            isWaiting = false
            guard news > 0 else { return taken }
            taken += news
        }
        return taken
    }

    private mutating func take(
        from index: Int, _ socket: Sockets, within limit: Duration, _ watch: inout TapWatch
    ) throws -> Bool {
        var failure: (any Error)?
        var isNews = false
        let reception = try socket.first.receive(within: limit) { topic, payload in
            do {
                isNews = try reader.receive(from: index, topic, payload, at: world.now()) { question, reader in
                    try Tap.write(&reader)
                    let reply = try socket.ask(question, index, &watch, limits, world)
                    reader.counts.isCut = reply == nil
                    return reply
                }
            } catch { failure = error }
        }
        if let failure { throw failure }
        guard reception != .nothing else { return false }
        if watch.note(index, isNews: isNews, now: world.now()) {
            Terminal.complain("\(endpoints[index]) is heard again")
        }
        return true
    }

    /// Prints what has been read.
    private static func write(_ reader: inout TapReader) throws {
        for warning in reader.warnings { Terminal.complain(warning) }
        if !reader.lines.isEmpty { try Terminal.write(reader.lines.joined(separator: "\n") + "\n") }
        reader.removeLines()
    }
}

/// When something came last, and when it is time to end or to say that nothing comes. Pure.
struct TapWatch {
    private let start: Timestamp
    /// When something that was no heartbeat came last.
    private var lastNews: Timestamp?
    /// When each endpoint said anything last; nil before its first message.
    private var lastWords: [Timestamp?]
    /// Endpoints that are silent, as somebody was told.
    private var toldSilent: Set<Int> = []

    init(endpoints: Int, now: Timestamp) {
        start = now
        lastWords = Array(repeating: nil, count: endpoints)
    }

    func hasSpoken(_ endpoint: Int) -> Bool { lastWords[endpoint] != nil }

    /// Notes that something came; true where the endpoint had fallen silent.
    mutating func note(_ endpoint: Int, isNews: Bool, now: Timestamp) -> Bool {
        let isBack = toldSilent.remove(endpoint) != nil && hasSpoken(endpoint)
        lastWords[endpoint] = now
        if isNews { lastNews = now }
        return isBack
    }

    /// The endpoints that have been silent too long; each is named once for each silence.
    mutating func silent(_ now: Timestamp) -> [Int] {
        lastWords.indices.filter { endpoint in
            guard now - (lastWords[endpoint] ?? start) >= DurationText.nanoseconds(Tap.patience) else { return false }
            return toldSilent.insert(endpoint).inserted
        }
    }

    func isOver(_ limits: TapLimits, now: Timestamp) -> Bool {
        if let limit = limits.limit, now - start >= DurationText.nanoseconds(limit) { return true }
        guard let quiet = limits.quiet, let lastNews else { return false }
        return now - lastNews >= DurationText.nanoseconds(quiet)
    }

    static func seconds(_ duration: Duration) -> Int64 { duration.components.seconds }
}
