import Analytics
import Engine
import Feeds
import Foundation
import Graph
import Market
import Rings
import Sinks
import Updates

/// Runs a topology as the program does, with a fault where the file `TOPOLOGY.fault` says.
///
/// Arguments: run TOPOLOGY [--digest FILE].
enum Probe {
    private static let catalogue = Catalogue(
        sources: [
            SourceKind(kind: SimulatedSource.kind, symbols: { _ in FeedSymbols() }) { settings, _ in
                SimulatedSource(SettingsReader.read(SimulatedSourceSettings.self, from: settings).settings)
            }
        ],
        sinks: [
            SinkKind(
                // Under a name that the program knows too.
                kind: NodeKind(
                    name: "console", role: .sink, meaning: "A sink without a bottom",
                    read: { _ in .sink(keepsLossless: false, holdings: []) })
            ) { _, _ in Nowhere() }
        ])

    /// - Returns: the exit status.
    static func run(_ arguments: [String], stopping: Signal) async -> Int32 {
        guard arguments.count >= 2, arguments[0] == "run" else { return 2 }
        let path = arguments[1]
        let digest = arguments.firstIndex(of: "--digest").map { arguments[$0 + 1] }
        let plan = (try? String(contentsOfFile: path + ".fault", encoding: .utf8)).flatMap { FaultPlan($0) }
        let world = World(
            stopping: stopping, now: { Timestamp(nanoseconds: Seat.wallClock) },
            sleep: { Thread.sleep(forTimeInterval: Double($0) / 1e9) }, chance: { UInt64.random(in: 1...UInt64.max) },
            tell: { FileHandle.standardError.write(Data("\($0)\n".utf8)) })
        do {
            let text = try Data(contentsOf: URL(filePath: path))
            let topology = try Topology.read(Array(text), kinds: catalogue.kinds, environment: [:])
            let placement = Placement(topology) { _ in 1 }
            let witnesses = digest.map { file in
                [Assembly.SinkWitness(name: "digest") { try DigestSink(path: file) }]
            }
            let run = try Assembly(
                placement, part: placement.parts[0], network: nil, catalogue: catalogue, world: world,
                publisher: world.chance(), witnesses: witnesses ?? [],
                adjust: { $0.analytics.append(AnalyticChoice(PlantedFault.self, PlantedFault.Settings(plan))) }
            ).make()
            try await run.run()
            return 0
        } catch {
            world.tell("\(error)")
            return 1
        }
    }
}

/// Takes everything and keeps nothing.
final class Nowhere: Sink {
    func receive(_ records: RawSpan, from origin: UpdateOrigin) {}
    func flush() {}
    func beat(_ now: Timestamp) {}
    func close() {}
}
