internal import Engine
internal import Graph
internal import Market
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
        let phase: StatusReport.Phase
        switch (world.isStopping, run.isStarted) {
        case (true, _): phase = .stopping
        case (false, true): phase = .ready
        case (false, false): phase = .starting
        }
        return StatusReport(
            phase: phase, began: began, problems: [], counts: run.tallies(), usage: ProcessUsage.now())
    }
}
