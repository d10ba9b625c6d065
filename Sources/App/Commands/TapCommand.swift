internal import Engine
internal import Graph
internal import Sinks
internal import Wire
internal import ZeroMQ

/// `millrace tap`: subscribes to any endpoint and prints what comes.
struct TapCommand: Command {
    static let name = "tap"
    static let usage =
        "tap ENDPOINT… [--topic PREFIX]… [--lossless --replay ENDPOINT…] [--json] [--count N] [--for TIME] "
        + "[--quiet-after TIME] [--digest FILE] [--secret FILE --server KEY]"
    static let summary = "subscribe to an endpoint and print what comes"
    static let details = """
        ENDPOINT is what a publish node binds, tcp://HOST:PORT or ipc://PATH. JSON and binary are told apart by
        themselves. One line an update: its window, its topic and number, its values, its quality if not whole.

          --topic PREFIX       only topics that begin so, candle/1m/ or candle/1m/IBM/; may be given several times
          --lossless           ask for what is missing instead of taking holes; wants --replay
          --replay ENDPOINT    where the publish node answers; for several endpoints given as often, in their order
          --from-oldest        lossless: begin with the first update that the journal holds
          --json               one JSON object a line; binary messages are turned into JSON
          --count N            end after N updates
          --for TIME           end after this long, 20s or 5m
          --quiet-after TIME   end when nothing but heartbeats came for this long after something came
          --digest FILE        write a line per topic with the SHA-256 of its updates, as `run --digest` does; the
                               publisher must send binary
          --secret FILE        the file of your secret key, for endpoints with keys; `millrace keys new` makes it
          --server KEY         the endpoint's public key, or a file that holds it

        A number that is missing prints `HOLE TOPIC expected E received R` to the error output, as a heartbeat that
        tells of lost updates prints `TAIL`; lossless, what nobody has any more prints `LOST`, and what is missing is
        asked for until somebody answers. `CLOCK` names a publisher whose clock is more than five seconds off. At the
        end, also after Ctrl-C, a summary follows there; the status is 0.

        Examples:
          millrace tap tcp://127.0.0.1:5556
          millrace tap tcp://127.0.0.1:5556 --topic candle/1m/ --topic cvd/ --json
        """

    private let endpoints: [String]
    private let choices: TapChoices
    private let limits: TapLimits
    private let digest: String?
    /// Its own secret key's file, and the endpoint's public key or its file.
    private let keys: (secret: String, server: String)?
    private let replay: [String]

    init(_ arguments: inout Arguments, environment: [String: String]) throws {
        var choices = TapChoices()
        while let topic = try arguments.takeValue("--topic") { choices.topics.append(topic) }
        choices.printsJSON = arguments.takeFlag("--json")
        choices.count = try arguments.takeNumber("--count", in: 1...Int.max)
        limits = TapLimits(
            limit: try arguments.takeDuration("--for"), quiet: try arguments.takeDuration("--quiet-after"))
        digest = try arguments.takeValue("--digest")
        choices.makesDigest = digest != nil
        var replay: [String] = []
        while let endpoint = try arguments.takeValue("--replay") { replay.append(endpoint) }
        self.replay = replay
        let isWhole = arguments.takeFlag("--from-oldest")
        if arguments.takeFlag("--lossless") { choices.lossless = isWhole ? .oldest : .now }
        self.choices = choices
        switch try (arguments.takeValue("--secret"), arguments.takeValue("--server")) {
        case (let secret?, let server?): keys = (secret, server)
        case (nil, nil): keys = nil
        case (.some, nil): throw UsageError("--secret wants --server, the public key of the endpoint")
        case (nil, .some): throw UsageError("--server wants --secret, the file of your own key")
        }
        endpoints = arguments.takeWords()
        try arguments.finish()
        guard !endpoints.isEmpty else { throw UsageError("an endpoint is missing, such as tcp://127.0.0.1:5556") }
        for endpoint in endpoints + replay { try TapCommand.check(endpoint) }
        if choices.lossless != nil, replay.count != endpoints.count {
            throw UsageError("--lossless wants one --replay for each endpoint")
        }
        if choices.lossless != nil, choices.topics.count > ReplayQuestion.topicLimit {
            throw UsageError("--lossless takes \(ReplayQuestion.topicLimit) times --topic at most")
        }
        if choices.lossless == nil, !replay.isEmpty || isWhole { throw UsageError("--lossless is missing") }
        if let twice = endpoints.first(where: { endpoint in endpoints.filter { $0 == endpoint }.count > 1 }) {
            throw UsageError("\(twice) is given twice")
        }
    }

    /// ZeroMQ takes some faulty endpoints and waits for ever; it names others by a number.
    private static func check(_ endpoint: String) throws {
        guard let mark = endpoint.firstRange(of: "://") else {
            throw UsageError("\(endpoint) is no endpoint; did you mean tcp://\(endpoint)?")
        }
        let (scheme, rest) = (endpoint[..<mark.lowerBound], endpoint[mark.upperBound...])
        switch scheme {
        case "ipc":
            if rest.isEmpty { throw UsageError("\(endpoint) names no path") }
        case "tcp":
            let port = rest.lastIndex(of: ":").map { rest[rest.index(after: $0)...] } ?? ""
            guard let number = Int(port), (1...65_535).contains(number) else {
                throw UsageError("\(endpoint) names no port from 1 to 65535, as in tcp://127.0.0.1:5556")
            }
        default: throw UsageError("\(endpoint): the scheme \(scheme) is unknown; write tcp://HOST:PORT or ipc://PATH")
        }
    }

    func run() throws -> Int32 {
        let world = LiveWorld.make()
        let interruption = Interruption(world.stopping)
        defer { withExtendedLifetime(interruption) {} }
        let file = try digest.map { path in try DigestFile(path: path) }
        var tap = try Tap(endpoints, replay: replay, choices, limits, digest: file, curve: curve(), world: world)
        let counts = try tap.run()
        Terminal.complain(counts.summary)
        return 0
    }

    private func curve() throws -> CurveClient? {
        guard let keys else { return nil }
        let server = try PublicKey(keys.server) ?? KeyFile.publicKey(at: keys.server)
        return try CurveClient(secret: keys.secret, server: server)
    }
}
