import Foundation
import Rings
import Testing

@Suite struct LaneMarkTests {
    /// What a mark's file says; nil where it is none.
    private func reading(_ path: String) throws -> LaneMark.Reading? {
        LaneMark.Reading(file: Array(try Data(contentsOf: URL(filePath: path))))
    }

    private func file() -> String { FileManager.default.temporaryDirectory.path() + "/mark-\(UUID())" }

    @Test func `a fault in a lane's work is noted, whose thread ever it is`() async throws {
        let path = file()
        await #expect(processExitsWith: .failure) { [path = path as String] in
            let mark = try LaneMark(file: path)
            mark.noteFaultsOfThread()
            LaneMark.passOverFaultsOfThread()
            mark.noteFaultsOfThread()
            mark.pen.begin(7)
            mark.pen.note(9)
            preconditionFailure("The fault that is wanted.")
        }
        let reading = try #require(try reading(path))
        #expect(reading.subject == 7 && reading.event == 9)
        #expect(reading.signal != 0)
    }

    @Test func `a fault behind a visit is not the lane's`() async throws {
        let path = file()
        await #expect(processExitsWith: .failure) { [path = path as String] in
            let mark = try LaneMark(file: path)
            mark.noteFaultsOfThread()
            mark.pen.begin(7)
            LaneMark.passOverFaultsOfThread()
            preconditionFailure("The fault that is wanted.")
        }
        let reading = try #require(try reading(path))
        #expect(reading.signal == 0)
    }
}
