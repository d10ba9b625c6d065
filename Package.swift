// swift-tools-version: 6.2
import PackageDescription

/// What every Swift target of the house is built with. Cross-module optimisation is what lets the ring and the state
/// stay free of inlining marks: without it an event's way costs several times as much (docs/performance.md).
let house: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release)),
]

func floor(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: house)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], excluding: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: excluding, swiftSettings: house)
}

let package = Package(
    name: "millrace",
    targets: [
        // Floor 0: C.
        .target(name: "CPlatform"),
        .systemLibrary(name: "CZeroMQ"),
        .systemLibrary(name: "CZstd"),
        .systemLibrary(name: "CZlib"),
        .systemLibrary(name: "CCrypto"),
        // Floor 1: values, memory, and one wrapper per C library.
        floor("Market"),
        floor("Memory", ["CPlatform"]),
        floor("Rings", ["Memory", "CPlatform"]),
        floor("Updates", ["Market", "Memory"]),
        floor("Crypto", ["CCrypto"]),
        floor("ZeroMQ", ["CZeroMQ"]),
        // Floor 2: frames.
        floor("Wire", ["Market", "Memory", "Updates", "Crypto"]),
        // Floor 4: the outside world.
        floor("Sinks", ["Market", "Memory", "Updates", "Wire", "ZeroMQ"]),
        .executableTarget(
            name: "ExampleSubscriber", dependencies: ["Wire", "ZeroMQ"], path: "docs/examples/swift",
            swiftSettings: house),
        .executableTarget(
            name: "WireBenchmark", dependencies: ["Market", "Memory", "Updates", "Wire", "ZeroMQ", "Sinks"],
            path: "Benchmarks/Wire", swiftSettings: house),
        // Tests.
        .target(name: "TestPrograms", path: "Tests/TestPrograms", swiftSettings: house),
        tests("MarketTests", ["Market"]),
        tests(
            "WireTests", ["Wire", "Updates", "Memory", "Market", "Crypto", "TestPrograms"],
            excluding: ["Golden", "decode_with_schema.py"]),
        tests(
            "SinksTests",
            ["Sinks", "Wire", "Updates", "Memory", "Market", "ZeroMQ", "TestPrograms", "ExampleSubscriber"],
            excluding: ["compare_reader.py"]),
    ],
    cxxLanguageStandard: .cxx17
)
