internal import Engine
internal import Graph

/// `millrace quarantine`: shows the symbols that broke, and lets them go on.
struct QuarantineCommand: Command {
    static let name = "quarantine"
    static let usage = "quarantine [FILE] [--release SYMBOL]"
    static let summary = "list the symbols that broke, and release them"
    static let details = """
        FILE is topology.json unless said otherwise; what is known lies in its data folder.

          --release SYMBOL   takes the symbol again at the next start: it is made again from the journal, from before
                             the event at which it broke

        A line for each: node, symbol, event, standing (suspect, quarantined, givenUp, released), ends of the process,
        reason. The status is 0 where no symbol is quarantined or given up, 1 where one is.

        Examples:
          millrace quarantine market.json
          millrace quarantine market.json --release BTC/USD
        """

    private let path: String
    private let environment: [String: String]
    private let released: String?

    init(_ arguments: inout Arguments, environment: [String: String]) throws {
        self.environment = environment
        released = try arguments.takeValue("--release")
        path = arguments.takeWord() ?? TopologyFile.standardName
        try arguments.finish()
    }

    func run() throws -> Int32 {
        let topology: Topology
        do { topology = try TopologyFile.read(path, environment: environment) } catch let error as TopologyError {
            Terminal.complain("\(error)")
            return 2
        }
        guard let data = topology.data.map({ DataFolder($0) }) else {
            throw UsageError("\(path) has no data folder: nothing is kept of what broke")
        }
        let flows = topology.nodes.filter { $0.role == .symbols }.flatMap { node in
            let count = node.facts.shards.count
            return count == 1 ? [node.name] : (0..<count).map { UpdateOrigin.name(node.name, shard: $0) }
        }
        if let released { return try release(released, flows, data) }
        var isClean = true
        for flow in flows {
            let faults = try FaultFile(data, flow: flow).read().faults
            for fault in faults {
                try Terminal.write(
                    "\(flow) \(fault.symbol) \(fault.place.number) \(fault.standing.rawValue) \(fault.ends) "
                        + "\(fault.reason)\n")
            }
            isClean = isClean && !faults.contains(where: \.isBroken)
        }
        return isClean ? 0 : 1
    }

    private func release(_ symbol: String, _ flows: [String], _ data: DataFolder) throws -> Int32 {
        var isReleased = false
        for flow in flows {
            let file = FaultFile(data, flow: flow)
            guard let fault = try file.read().broken.first(where: { $0.symbol == symbol }) else { continue }
            try file.change { isReleased = $0.release(symbol) || isReleased }
            let isAnew = fault.standing == .givenUp
            try Terminal.write(
                "\(flow): \(symbol) \(isAnew ? "begins anew, behind a gap," : "is taken again") at the next start\n")
        }
        guard isReleased else { throw UsageError("no symbol \(symbol) is quarantined") }
        return 0
    }
}
