import Market
import Testing

@testable import millrace

/// When tap says that an endpoint is silent, and when it ends by itself.
@Suite struct `The tap's watch` {
    private func second(_ count: Int64) -> Timestamp { Timestamp(nanoseconds: count * Timestamp.second) }

    @Test func `an endpoint that falls silent is named once, and again after it was heard`() {
        var watch = TapWatch(endpoints: 2, now: second(0))
        #expect(watch.silent(second(4)).isEmpty)
        let isBack = watch.note(1, isNews: false, now: second(4))
        #expect(!isBack && watch.hasSpoken(1) && !watch.hasSpoken(0))
        let (first, none, other) = (watch.silent(second(5)), watch.silent(second(6)), watch.silent(second(9)))
        #expect(first == [0] && none.isEmpty && other == [1])
        // The first was never heard before, so it is not back.
        let known = [watch.note(0, isNews: true, now: second(10)), watch.note(1, isNews: true, now: second(10))]
        #expect(known == [false, true])
        let both = watch.silent(second(15))
        #expect(both == [0, 1])
    }

    @Test func `it is over at a limit, and when it was quiet for long after something came`() {
        var watch = TapWatch(endpoints: 1, now: second(0))
        let quiet = TapLimits(limit: nil, quiet: .seconds(2))
        #expect(watch.isOver(TapLimits(limit: .seconds(3), quiet: nil), now: second(3)))
        #expect(!watch.isOver(quiet, now: second(60)))
        _ = watch.note(0, isNews: true, now: second(60))
        _ = watch.note(0, isNews: false, now: second(61))
        #expect(!watch.isOver(quiet, now: second(61)) && watch.isOver(quiet, now: second(62)))
    }
}
