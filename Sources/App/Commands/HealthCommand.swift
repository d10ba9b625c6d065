internal import Graph
internal import WebServer

/// `millrace health`: asks a running program how it is.
struct HealthCommand: Command {
    static let name = "health"
    static let usage = "health [URL|FILE] [--process NAME [--shard I]] [--ready] [--within 3s] [--wait 60s] [--quiet]"
    static let summary = "ask a running program whether it is well"
    static let details = """
        FILE is a topology with a "status" address, topology.json unless said otherwise; or URL is that address,
        http://127.0.0.1:9464.

          --process NAME  which of the processes that the file names, and
          --shard I       which of its shards
          --ready         ask whether others may rely on what it publishes, instead of whether it is well
          --within TIME   how long to wait for the answer, 3s
          --wait TIME     keep asking for so long until the answer is yes
          --quiet         only the exit status

        Exit status 0 for yes, 1 for no and for no answer. For health checks of containers and services.

        Examples:
          millrace health topology.json
          millrace health http://127.0.0.1:9464 --ready
        """

    /// Between two questions of one wait.
    private static let pause = Duration.milliseconds(250)

    private let place: String
    private let environment: [String: String]
    private let page: String
    private let patience: Duration
    private let wait: Duration
    private let isQuiet: Bool
    private let process: String?
    private let shard: Int?

    init(_ arguments: inout Arguments, environment: [String: String]) throws {
        self.environment = environment
        patience = try arguments.takeDuration("--within") ?? .seconds(3)
        wait = try arguments.takeDuration("--wait") ?? .zero
        page = arguments.takeFlag("--ready") ? "/ready" : "/health"
        isQuiet = arguments.takeFlag("--quiet")
        process = try arguments.takeValue("--process")
        shard = try arguments.takeNumber("--shard", in: 0...ShardPlan.limit - 1)
        place = arguments.takeWord() ?? TopologyFile.standardName
        try arguments.finish()
    }

    func run() async throws -> Int32 {
        let (host, port): (String, Int)
        do { (host, port) = try address() } catch let error as TopologyError {
            Terminal.complain("\(error)")
            return 2
        }
        let deadline = ContinuousClock.now + wait
        while true {
            let answer = Result { try WebQuestion.get(host: host, port: port, path: page, patience: patience) }
            let isYes = (try? answer.get().status) == 200
            if isYes || ContinuousClock.now >= deadline { return try say(answer.get()) }
            try await Task.sleep(for: HealthCommand.pause)
        }
    }

    private func say(_ answer: (status: Int, body: String)) -> Int32 {
        if !isQuiet { print(answer.body, terminator: "") }
        return answer.status == 200 ? 0 : 1
    }

    /// Whom to ask: an address for everybody is asked on this machine.
    private func address() throws -> (host: String, port: Int) {
        let found: (host: String, port: Int)
        if place.contains("://") {
            found = try HealthCommand.address(in: place)
        } else {
            let placement = Placement.millrace(try TopologyFile.read(place, environment: environment))
            let part = try ChosenPart.part(of: placement, process: process, shard: shard)
            guard let status = ChosenPart.status(of: part, in: placement, port: nil) else {
                throw UsageError("\(place) has no \"status\" address to ask at")
            }
            found = (status.host, status.port)
        }
        guard found.port > 0 else { throw UsageError("\(place) names no port: the system chose one") }
        return (["0.0.0.0": "127.0.0.1", "::": "::1"][found.host] ?? found.host, found.port)
    }

    private static func address(in url: String) throws -> (host: String, port: Int) {
        let rest = url.dropFirst("http://".count)
        let place = rest.hasSuffix("/") ? rest.dropLast() : rest
        guard url.hasPrefix("http://"), !place.contains("/"), let colon = place.lastIndex(of: ":"),
            let port = UInt16(place[place.index(after: colon)...])
        else { throw UsageError("what is \(url)? Write an address such as http://127.0.0.1:9464") }
        let host = place[..<colon]
        return (String(host.hasPrefix("[") ? host.dropFirst().dropLast() : host), Int(port))
    }
}
