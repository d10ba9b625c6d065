import Foundation
import TestPrograms

/// The real recordings: in MILLRACE_DATA, else beside the package.
enum Recordings {
    static let folder: String? = {
        if let named = ProcessInfo.processInfo.environment["MILLRACE_DATA"] { return named }
        let beside = PythonProgram.root.deletingLastPathComponent().appending(path: "shared/data").path()
        return FileManager.default.fileExists(atPath: beside + "/README.md") ? beside : nil
    }()

    static var isPresent: Bool { folder != nil }
    static let absence = "the recordings are not here: MILLRACE_DATA names no folder"

    static var binance: String { path("binance-usdm/btcusdt_20240808.gz") }
    static var equity: String { path("lean-equity/20131007_trade.zip") }
    static func path(_ name: String) -> String { (folder ?? "") + "/" + name }

    static func bytes(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path))) }
}

extension BuiltProgram {
    /// What `replay --json` says of each symbol, by its name.
    static func replayed(_ arguments: [String]) throws -> [String: [String: Any]] {
        let outcome = try run(["replay"] + arguments + ["--json"], within: .seconds(240))
        guard outcome.status == 0 else { throw Failure(outcome: outcome) }
        var symbols: [String: [String: Any]] = [:]
        for line in outcome.output.split(separator: "\n") {
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] ?? [:]
            symbols[object["symbol"] as? String ?? ""] = object
        }
        return symbols
    }

    struct Failure: Error {
        let outcome: Outcome
    }
}
