internal import Engine
internal import Graph
internal import Market
internal import Rings
internal import Status

/// What the status endpoint of a run shows, for as long as the run lasts.
enum RunStatus {
    /// Opens the endpoint that the topology names, if any; then does the work, and closes it again.
    static func during(_ work: () async throws -> Void, of run: Run, in world: World, at place: StatusDefinition?)
        async throws
    {
        guard let place else { return try await work() }
        let began = world.now()
        let endpoint = try await StatusEndpoint.open(place, version: Program.version) {
            report(run, world, since: began)
        }
        world.tell("health, readiness and metrics at http://\(endpoint.address)")
        do { try await work() } catch {
            await endpoint.close()
            throw error
        }
        await endpoint.close()
    }

    private static func report(_ run: Run, _ world: World, since began: Timestamp) -> StatusReport {
        let health = run.health(at: .nanoseconds(Seat.monotonic))
        let stuck = health.stuck.map { lane in
            "lane \(lane.lane) of \(lane.flow) has been at event \(lane.event) for \(lane.duration)"
        }
        var report = StatusReport(
            phase: phase(of: health, world), began: began, problems: stuck, counts: run.tallies(),
            usage: ProcessUsage.now())
        report.broken = health.broken.map { "\($0.flow): \($0.fault)" }
        report.silent = health.silent
        return report
    }

    private static func phase(of health: Health, _ world: World) -> StatusReport.Phase {
        if world.isStopping { return .stopping }
        switch health.phase {
        case .starting: return health.recoveries.contains { $0.records > 0 } ? .recovering : .starting
        case .ready: return .ready
        case .stopping: return .stopping
        case .failed: return .failed
        }
    }
}
