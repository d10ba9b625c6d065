import Foundation
import Stores
import TestPrograms
import Testing

/// docs/stores.md ends with the tables as the program has them; UPDATE_GOLDEN=1 writes them anew.
@Suite struct TablesDocumentTests {
    @Test func `the document lists every table as it is`() throws {
        let file = PythonProgram.root.appending(path: "docs/stores.md")
        let text = try String(contentsOf: file, encoding: .utf8)
        let mark = try #require(text.range(of: "## Tables\n\n"))
        let written = String(text[..<mark.upperBound]) + TablesDocument.text
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
            try Data(written.utf8).write(to: file)
        } else {
            #expect(text == written)
        }
    }
}
