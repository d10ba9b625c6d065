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
var arguments = Array(CommandLine.arguments.dropFirst())
guard arguments.count >= 2, arguments[0] == "run" else { exit(2) }
let path = arguments[1]
let digest = arguments.firstIndex(of: "--digest").map { arguments[$0 + 1] }
let plan = (try? String(contentsOfFile: path + ".fault", encoding: .utf8)).flatMap { FaultPlan($0) }

/// Takes everything and keeps nothing.
final class Nowhere: Sink {
    func receive(_ records: RawSpan, from origin: UpdateOrigin) {}
    func flush() {}
    func beat(_ now: Timestamp) {}
    func close() {}
}

let catalogue = Catalogue(
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
let world = World(
    stopping: Signal(), now: { Timestamp(nanoseconds: Seat.wallClock) },
    sleep: { Thread.sleep(forTimeInterval: Double($0) / 1e9) }, chance: { UInt64.random(in: 1...UInt64.max) },
    tell: { FileHandle.standardError.write(Data("\($0)\n".utf8)) })
signal(SIGTERM, SIG_IGN)
let ending = DispatchSource.makeSignalSource(signal: SIGTERM, queue: .global())
ending.setEventHandler { @Sendable in world.stopping.raise() }
ending.resume()
do {
    let text = try Data(contentsOf: URL(filePath: path))
    let topology = try Topology.read(Array(text), kinds: catalogue.kinds, environment: [:])
    let placement = Placement(topology) { _ in 1 }
    let run = try Assembly(
        placement, part: placement.parts[0], network: nil, catalogue: catalogue, world: world,
        publisher: world.chance(),
        witnesses: digest.map { file in [Assembly.SinkWitness(name: "digest") { try DigestSink(path: file) }] } ?? [],
        adjust: { $0.analytics.append(AnalyticChoice(PlantedFault.self, PlantedFault.Settings(plan))) }
    ).make()
    try await run.run()
} catch {
    world.tell("\(error)")
    exit(1)
}
