import Market
import Testing

@Suite struct `Decimal text` {
    @Test func `exact decimals go to billionths and back`() {
        for (text, value) in [("61800.3", 61_800_300_000_000), ("-0.000000001", -1), ("0", 0), (".5", 500_000_000)] {
            #expect(DecimalText.billionths(text) == Int64(value))
        }
        #expect(DecimalText.text(billionths: 61_800_300_000_000) == "61800.3")
        #expect(DecimalText.text(billionths: -1) == "-0.000000001")
        #expect(DecimalText.text(billionths: Int128(Int64.max) * 1_000_000_000) == "9223372036854775807")
    }

    @Test func `anything else is refused`() {
        for text in ["", "-", ".", "1e5", " 1", "1 ", "1.2.3", "0.0000000001", "9223372037", "NaN", "1,5"] {
            #expect(DecimalText.billionths(text) == nil, "\(text)")
        }
    }

    @Test func `an event is sixty-four bytes`() {
        #expect(MemoryLayout<MarketEvent>.size == 64)
        #expect(MemoryLayout<MarketEvent>.stride == 64)
    }
}

@Suite struct `Timestamps and dates` {
    @Test func `a time prints with nine digits`() {
        #expect(Timestamp(nanoseconds: 1_723_161_255_030_314_667).description == "2024-08-08T23:54:15.030314667Z")
    }

    @Test func `dates and days since the epoch are inverse`() {
        for days in stride(from: -200_000, through: 200_000, by: 37) {
            #expect(CivilDate(daysSinceEpoch: days).daysSinceEpoch == days)
        }
        #expect(CivilDate(year: 2026, month: 3, day: 9).weekday == 1)
    }
}
