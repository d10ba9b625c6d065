import Analytics
import Testing

private func nodes(_ rows: [Int64], _ rule: VolumeNodeRule) -> [[Int64]] {
    let found = VolumeNodes.of(rows.span, rule: rule)
    return [found.high, found.low]
}

private func rule(smooths: Bool = false, reach: Int? = 2, prominence: Int = 10, depth: Int = 30) -> VolumeNodeRule {
    VolumeNodeRule(form: .neighbours, smooths: smooths, reach: reach, prominence: prominence, depth: depth)
}

@Suite struct `Volume nodes` {
    private let rows: [Int64] = [10, 20, 60, 80, 60, 20, 5, 15, 50, 90, 120, 90, 40, 10]

    @Test func `vector N1 gives two high nodes and one low node`() {
        #expect(nodes(rows, rule()) == [[3, 10], [6]])
        #expect(nodes(rows, rule(reach: nil)) == [[3, 10], [6]])
        #expect(nodes(rows, rule(smooths: true)) == [[3, 10], [6]])
    }

    @Test func `a plateau counts once and is named by its middle`() {
        #expect(nodes([1, 2, 80, 80, 80, 2, 1, 1, 2, 90, 90, 3, 1], rule()) == [[3, 9], [6]])
    }

    @Test func `a peak that does not stand out is none, and a trough needs depth and two peaks`() {
        #expect(nodes([50, 60, 100, 60, 56, 60, 65, 60, 40], rule()) == [[2], []])
        #expect(nodes([50, 60, 100, 60, 56, 60, 67, 60, 40], rule()) == [[2, 6], []])
        #expect(nodes([50, 60, 100, 60, 56, 60, 67, 60, 40], rule(depth: 90)) == [[2, 6], [4]])
        #expect(nodes([1, 5, 9, 20, 9, 5, 1], rule()) == [[3], []])
    }

    @Test func `equal peaks within reach exceed each other neither way, and smoothing weighs one, two, one`() {
        #expect(nodes([1, 50, 20, 50, 1], rule()) == [[], []])
        #expect(nodes([1, 50, 20, 50, 1], rule(reach: 1, depth: 40)) == [[1, 3], [2]])
        // Smoothed: 6, 12, 6, 5, 15, 15, 5.
        #expect(nodes([0, 6, 0, 0, 5, 5, 0], rule(smooths: true, depth: 45)) == [[1, 4], [3]])
    }

    @Test func `the ends can be high and never low`() {
        #expect(nodes([90, 20, 1, 20, 95], rule()) == [[0, 4], [2]])
        #expect(nodes([1, 20, 90, 20, 1], rule(depth: 100)) == [[2], []])
    }

    @Test func `percentiles take the upper and the lower fifth of the rows`() {
        #expect(nodes([10, 1, 9, 8, 2, 7, 6, 5, 4, 3], .percentiles) == [[0, 2, 3], [1, 4]])
        #expect(nodes([7, 7, 7], .percentiles) == [[], []])
    }

    @Test func `nothing traded has no nodes, and a profile shifts them to its rows`() {
        #expect(nodes([], .standard) == [[], []])
        #expect(nodes([0, 0], .standard) == [[], []])
        var profile = VolumeProfile(rowHeight: 10, rowLimit: 64)
        for (row, volume) in rows.enumerated() { profile.add(price: Int64(row) * 10 - 1000, quantity: volume) }
        let found = profile.nodes(rule())
        let entry = profile.entry(ofRow: -97)
        #expect(found.high == [-97, -90] && found.low == [-94])
        #expect(entry == ProfileRow(price: -970, volume: 80))
    }
}
