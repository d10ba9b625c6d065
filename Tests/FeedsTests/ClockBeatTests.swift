import Feeds
import Market
import Testing

@Suite struct `Clock beats` {
    private func time(_ second: Int64, _ nanoseconds: Int64 = 0) -> Timestamp {
        Timestamp(nanoseconds: second * Timestamp.second + nanoseconds)
    }

    private func due(_ beat: inout ClockBeat, _ second: Int64, _ nanoseconds: Int64 = 0) -> [Int64] {
        beat.due(before: time(second, nanoseconds)).map { $0.nanoseconds / Timestamp.second }
    }

    @Test func `each whole second is announced before the event that reaches it`() {
        var beat = ClockBeat()
        #expect(due(&beat, 100, 5).isEmpty)
        #expect(due(&beat, 100, 999_999_999).isEmpty)
        #expect(due(&beat, 101) == [101])
        #expect(due(&beat, 101, 1).isEmpty)
        #expect(due(&beat, 104, 1) == [102, 103, 104])
    }

    @Test func `time that runs backwards announces nothing, and no second twice`() {
        var beat = ClockBeat()
        _ = due(&beat, 100)
        #expect(due(&beat, 90).isEmpty)
        #expect(due(&beat, 102) == [101, 102])
    }

    @Test func `a longer hole has minutes, then hours, then days, and its last second`() {
        var beat = ClockBeat()
        _ = due(&beat, 86_310)
        #expect(due(&beat, 86_370) == Array<Int64>(86_311...86_370))
        let end: Int64 = 86_400 * 4 + 7_205
        let singles = Array<Int64>(86_371...86_430)
        let minutes = Array<Int64>(stride(from: 86_460, to: 90_000, by: 60))
        let hours = Array<Int64>(stride(from: 90_000, through: 172_800, by: 3_600))
        let days: [Int64] = [86_400 * 3, 86_400 * 4, end]
        #expect(due(&beat, end, 7) == singles + minutes + hours + days)
    }

    @Test func `a jump over all of time stays small`() {
        var beat = ClockBeat()
        _ = beat.due(before: Timestamp(nanoseconds: .min))
        var count = 0
        var last: Int64 = .min
        for second in beat.due(before: .distantFuture) {
            #expect(second.nanoseconds > last)
            last = second.nanoseconds
            count += 1
            if count > 300_000 { break }
        }
        #expect(count < 220_000)
        #expect(last == Int64.max / Timestamp.second * Timestamp.second)
    }
}
