import Foundation
import Graph
import Testing

/// One bad file each in `Golden`, beside the text that a person gets for it.
@Suite struct `Bad topologies` {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
    static let environment = ["SECRET": "hunter2", "WIDTH": "1s"]
    static let names: [String] = {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path())) ?? []
        return files.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
    }()

    @Test func `there are more than thirty of them`() { #expect(Self.names.count > 30) }

    @Test(arguments: names)
    func `a bad file gives its text`(name: String) throws {
        let bytes = [UInt8](try Data(contentsOf: Self.folder.appending(path: name + ".json")))
        let error = #expect(throws: TopologyError.self) {
            try Topology.read(bytes, kinds: InventedKinds.list, environment: Self.environment)
        }
        let text = try #require(error).description + "\n"
        #expect(!text.contains("hunter2"), "A message must not tell what the environment holds.")
        let golden = Self.folder.appending(path: name + ".txt")
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
            try Data(text.utf8).write(to: golden)
        }
        let expected = try String(contentsOf: golden, encoding: .utf8)
        #expect(text == expected)
    }
}
