// swift-tools-version: 6.2
import PackageDescription

/// What every Swift target of the house is built with. Cross-module optimisation is what lets the ring and the state
/// stay free of inlining marks: without it an event's way costs several times as much (docs/performance.md). What a
/// debug build checks at each access of a class's variable (that nobody else is at it) a release build leaves out.
let house: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .unsafeFlags(
        ["-cross-module-optimization", "-enforce-exclusivity=unchecked"], .when(configuration: .release)),
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
        .systemLibrary(name: "CPostgres"),
        .systemLibrary(name: "CSQLite"),
        .systemLibrary(name: "CHiredis"),
        .systemLibrary(name: "CWebSockets"),
        // Floor 1: values, memory, and one wrapper per C library.
        floor("Market"),
        floor("Memory", ["CPlatform"]),
        floor("Rings", ["Memory", "CPlatform"]),
        floor("Updates", ["Market", "Memory"]),
        floor("Crypto", ["CCrypto"]),
        floor("ZeroMQ", ["CZeroMQ"]),
        floor("JSONScan", ["CSimdJSON"]),
        floor("Compression", ["CZstd", "CZlib"]),
        floor("Postgres", ["CPostgres", "Memory"]),
        floor("SQLite", ["CSQLite"]),
        floor("Redis", ["CHiredis", "Memory"]),
        floor("WebServer", ["CWebSockets"]),
        // Floor 2: frames, the journal, the topology file.
        floor("Journal", ["Compression", "CPlatform", "Market", "Memory", "Updates"]),
        floor("Wire", ["Market", "Memory", "Updates", "Crypto"]),
        floor("Graph", ["Market"]),
        // Floor 3: arithmetic, one file an analytic, with the settings that a topology gives it.
        floor("Analytics", ["Graph", "Market", "Memory", "Updates"]),
        // Floor 4: what runs a graph.
        floor("Engine", ["Analytics", "Graph", "Journal", "Market", "Memory", "Rings", "Updates", "Wire"]),
        // Floor 5: the outside world.
        floor(
            "Feeds",
            [
                "Analytics", "Compression", "Engine", "Graph", "JSONScan", "Journal", "Market", "Rings", "Updates",
                "ZeroMQ",
            ]),
        floor(
            "Sinks",
            [
                "Analytics", "Engine", "Graph", "Journal", "Market", "Memory", "Redis", "Rings", "Updates", "Wire",
                "ZeroMQ",
            ]),
        floor(
            "Stores",
            [
                "Analytics", "Engine", "Graph", "Journal", "Market", "Memory", "Postgres", "SQLite", "Updates", "Wire",
            ]),
        floor("Links", ["Engine", "Graph", "Journal", "Market", "Memory", "Rings", "Updates", "Wire", "ZeroMQ"]),
        floor("Status", ["Engine", "Graph", "Market", "Rings", "WebServer"]),
        // Floor 6: the program.
        .target(name: "COrderflow", path: "Benchmarks/COrderflow", cSettings: [.unsafeFlags(["-O3"])]),
        .executableTarget(
            name: "millrace",
            dependencies: [
                "Analytics", "COrderflow", "Engine", "Feeds", "Graph", "Journal", "Links", "Market", "Memory", "Redis",
                "Rings", "Sinks", "Status", "Stores", "Updates", "WebServer", "Wire", "ZeroMQ",
            ],
            path: "Sources/App", swiftSettings: house),
        .executableTarget(
            name: "WireBenchmark", dependencies: ["Market", "Memory", "Updates", "Wire", "ZeroMQ", "Sinks"],
            path: "Benchmarks/Wire", swiftSettings: house),
        .executableTarget(
            name: "ExampleSubscriber", dependencies: ["Wire", "ZeroMQ"], path: "docs/examples/swift",
            swiftSettings: house),
        // Tests.
        .target(name: "TestPrograms", path: "Tests/TestPrograms", swiftSettings: house),
        .target(
            name: "TestMessages", dependencies: ["Market", "Memory", "TestPrograms", "Updates", "Wire"],
            path: "Tests/TestMessages", exclude: ["decode_with_schema.py"], swiftSettings: house),
        tests("MarketTests", ["Market"], excluding: ["Fixtures"]),
        tests("MemoryTests", ["Memory", "TestPrograms"]),
        tests("RingsTests", ["Memory", "Rings", "TestPrograms"]),
        .target(name: "CHeapProbe", path: "Tests/CHeapProbe"),
        tests(
            "EngineTests",
            [
                "Analytics", "CHeapProbe", "Engine", "Graph", "Journal", "Market", "Memory", "Rings", "TestPrograms",
                "Updates",
            ]),
        tests("AnalyticsTests", ["Analytics", "Graph", "Market", "Memory", "Updates", "TestPrograms"]),
        tests("GraphTests", ["Graph", "Market", "TestPrograms"], excluding: ["Golden"]),
        tests(
            "WireTests", ["Wire", "Updates", "Memory", "Market", "Crypto", "TestMessages", "TestPrograms"],
            excluding: ["Golden"]),
        tests(
            "WireDocumentTests",
            ["Analytics", "Engine", "Market", "Memory", "TestMessages", "TestPrograms", "Updates", "Wire"]),
        tests("JSONScanTests", ["JSONScan"]),
        tests("ZeroMQTests", ["Memory", "TestPrograms", "ZeroMQ"]),
        // Servers that a test starts for itself and stops again.
        .target(
            name: "TestServers", dependencies: ["Memory", "TestPrograms", "ZeroMQ"], path: "Tests/TestServers",
            swiftSettings: house),
        tests("JournalTests", ["Journal", "Market", "Memory", "TestPrograms", "Updates"]),
        tests("PostgresTests", ["Postgres", "Memory", "TestPrograms", "TestServers"]),
        tests("SQLiteTests", ["Memory", "SQLite"]),
        tests("RedisTests", ["Memory", "Redis", "TestPrograms", "TestServers"]),
        .target(
            name: "TestStores",
            dependencies: ["Analytics", "Engine", "Graph", "Journal", "Market", "Memory", "TestPrograms", "Updates"],
            path: "Tests/TestStores", swiftSettings: house),
        // Stores what a test tells it, and is killed by it.
        .executableTarget(
            name: "StoreProbe", dependencies: ["Engine", "Graph", "Journal", "Memory", "Stores", "TestStores"],
            path: "Tests/StoreProbe", swiftSettings: house),
        tests(
            "StoresTests",
            [
                "Analytics", "Engine", "Graph", "Journal", "Market", "Memory", "Postgres", "SQLite", "StoreProbe",
                "Stores", "TestPrograms", "TestServers", "TestStores", "Updates", "Wire",
            ]),
        tests(
            "LinksTests",
            [
                "Engine", "Graph", "Journal", "Links", "Market", "Memory", "Rings", "TestPrograms", "Updates", "Wire",
                "ZeroMQ",
            ]),
        tests(
            "StatusTests", ["Engine", "Graph", "Market", "Rings", "Status", "TestPrograms", "WebServer"],
            excluding: ["check_metrics.py"]),
        // The files of deploy/.
        tests("DeployTests", ["TestPrograms", "millrace"]),
        // Runs a topology with a fault in it.
        .executableTarget(
            name: "FaultProbe",
            dependencies: [
                "Analytics", "Engine", "Feeds", "Graph", "Market", "Memory", "Rings", "Sinks", "Updates",
            ],
            path: "Tests/FaultProbe", swiftSettings: house),
        tests(
            "SupervisionTests",
            [
                "Engine", "FaultProbe", "Graph", "Journal", "Market", "Memory", "Rings", "TestPrograms",
                "millrace",
            ]),
        tests("CompressionTests", ["Compression", "CZstd", "CZlib"]),
        tests(
            "FeedsTests",
            ["Analytics", "Compression", "Engine", "Feeds", "Graph", "JSONScan", "Market", "TestPrograms", "Updates"]),
        tests(
            "SinksTests",
            [
                "Analytics", "Engine", "Graph", "Journal", "Sinks", "Wire", "Updates", "Memory", "Market", "ZeroMQ",
                "Redis", "TestPrograms", "TestServers", "ExampleSubscriber",
            ],
            excluding: ["compare_reader.py", "Golden"]),
        tests(
            "ProgramTests",
            [
                "Analytics", "Engine", "Graph", "Journal", "Market", "Memory", "TestPrograms", "TestServers", "Updates",
                "WebServer", "Wire", "ZeroMQ", "millrace",
            ]),
        tests("TidyTests", []),
    ],
    cxxLanguageStandard: .cxx17
)
