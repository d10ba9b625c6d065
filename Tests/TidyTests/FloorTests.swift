import Testing

/// Package.swift says in its comments which target stands on which floor; the code must keep to it.
@Suite struct `Imports go down only` {
    /// Imports within one floor, each with its reason.
    private static let sameFloor: Set<String> = [
        "Rings → Memory",  // rings lie in regions
        "Updates → Market",  // an update's head carries timestamps
        "Updates → Memory",  // an outbox is a byte buffer
        "Postgres → Memory",  // rows are put together in a byte buffer
        "Redis → Memory",  // commands are put together in a byte buffer
        "millrace → COrderflow",  // the C that the benchmark measures against
    ]

    /// The folder of a target where it is not named after it.
    private static let folders = ["App": "millrace"]

    /// The floor of each target that is no test.
    private static func floors() throws -> [String: Int] {
        var floors: [String: Int] = [:]
        var floor: Int?
        // A target with many dependencies has its name on the line behind `floor(`.
        let text = try Repository.text("Package.swift").replacing(/floor\(\s+"/, with: "floor(\"")
        for line in text.split(separator: "\n") {
            if let match = line.firstMatch(of: /^\s*\/\/ (?:Floor (\d+)|Tests)/) {
                floor = match.1.flatMap { Int($0) }
            }
            guard let floor, let name = line.firstMatch(of: /(?:floor\(|name: )"(\w+)"/)?.1 else { continue }
            floors[String(name)] = floor
        }
        return floors
    }

    @Test func `every target has its floor`() throws {
        let floors = try Self.floors()
        #expect(floors["Market"] == 1)
        #expect(floors["Engine"] == 4)
        #expect(floors["millrace"] == 6)
        let folders = Set(Repository.files(under: "Sources", ending: "").map { $0.split(separator: "/")[1] })
        for folder in folders.map(String.init) {
            #expect(
                floors[Self.folders[folder] ?? folder] != nil, "Sources/\(folder) stands on no floor of Package.swift")
        }
    }

    @Test func `no file imports from its own floor or above`() throws {
        let floors = try Self.floors()
        var findings: [Finding] = []
        for file in try Repository.swiftFiles(under: ["Sources"]) {
            let folder = String(file.path.split(separator: "/")[1])
            let target = Self.folders[folder] ?? folder
            let own = try #require(floors[target], "\(target) stands on no floor")
            for (line, code) in file.code.enumerated() {
                guard let name = Self.imported(in: code), let floor = floors[name] else { continue }
                if floor >= own, !Self.sameFloor.contains("\(target) → \(name)") {
                    let text = "\(target) on floor \(own) imports \(name) on floor \(floor)"
                    findings.append(Finding(path: file.path, line: line + 1, text: text))
                }
            }
        }
        #expect(findings.isEmpty, "\(Finding.list(findings))")
    }

    @Test func `a C library has one wrapper`() throws {
        let floors = try Self.floors()
        var wrappers: [String: Set<String>] = [:]
        for file in try Repository.swiftFiles(under: ["Sources"]) {
            for code in file.code {
                guard let name = Self.imported(in: code), floors[name] == 0 else { continue }
                wrappers[name, default: []].insert(String(file.path.split(separator: "/")[1]))
            }
        }
        // What Linux offers is no library: memory and rings both build on it.
        #expect(wrappers.removeValue(forKey: "CPlatform") == ["Memory", "Rings"])
        for (library, users) in wrappers {
            #expect(users.count == 1, "\(library) is imported by \(users.sorted())")
            #expect(users.allSatisfy { floors[$0] == 1 }, "\(library) is imported by \(users.sorted())")
        }
    }

    private static func imported(in code: String) -> String? {
        guard code.contains("import ") else { return nil }
        return code.firstMatch(of: /^(?:@\w+ )*(?:public |internal |private |package )?import (\w+)/).map {
            String($0.1)
        }
    }
}
