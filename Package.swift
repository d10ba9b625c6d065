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
        .target(name: "CSimdJSON", linkerSettings: [.linkedLibrary("simdjson")]),
        .systemLibrary(name: "CZeroMQ"),
        .systemLibrary(name: "CZstd"),
        .systemLibrary(name: "CZlib"),
        .systemLibrary(name: "CCrypto"),
        // Floor 1: values, memory, and one wrapper per C library.
        floor("Market"),
        floor("Memory", ["CPlatform"]),
        floor("Rings", ["Memory", "CPlatform"]),
        floor("Updates", ["Market", "Memory"]),
        floor("JSONScan", ["CSimdJSON"]),
        floor("Compression", ["CZstd", "CZlib"]),
        floor("Feeds", ["Market", "Compression", "JSONScan"]),
        // Tests.
        tests("MarketTests", ["Market"]),
        tests("JSONScanTests", ["JSONScan"]),
        tests("CompressionTests", ["Compression", "CZstd", "CZlib"]),
        tests("FeedsTests", ["Feeds", "Market", "Compression", "JSONScan"]),
    ],
    cxxLanguageStandard: .cxx17
)
