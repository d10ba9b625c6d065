import Foundation

/// Compares a text with the file `Golden/NAME`; with `UPDATE_GOLDEN=1` in the environment the file is written instead.
enum Golden {
    static func text(_ name: String, orWrite text: String) throws -> String {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/\(name)")
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
            try Data(text.utf8).write(to: file)
        }
        return String(decoding: try Data(contentsOf: file), as: UTF8.self)
    }
}
