import Market
import Testing

@testable import millrace

@Suite struct `A publisher's clock` {
    private let now = Timestamp(nanoseconds: 1_723_161_255_030_314_667)

    private func said(_ seconds: [Int64]) -> [String?] {
        var watch = ClockWatch()
        return seconds.map { watch.receive(now + $0 * Timestamp.second, at: now) }
    }

    @Test func `a few seconds are nobody's fault`() {
        #expect(said([0, 4, -4, 5, -5]) == [nil, nil, nil, nil, nil])
    }

    @Test func `an hour off is told once, with its direction`() {
        #expect(said([3_600, 3_600, 3_601]) == ["the publisher's clock is 3600 s ahead of this machine's", nil, nil])
        let late = "the publisher's clock is 3600 s behind this machine's, or its messages are so late"
        #expect(said([-3_600, -3_600]) == [late, nil])
    }

    @Test func `a clock that is set right is told, and one that goes wrong again too`() {
        let lines = said([6, 0, 0, 6])
        #expect(lines.map { $0 != nil } == [true, true, false, true])
        #expect(lines[1] == "the publisher's clock is right again")
    }

    @Test func `no time of a stranger stops the watch`() {
        var watch = ClockWatch()
        for time in [Int64.min, .min + 1, -1, 0, .max] {
            _ = watch.receive(Timestamp(nanoseconds: time), at: now)
            _ = watch.receive(now, at: Timestamp(nanoseconds: time))
        }
    }
}
