import TestPrograms
import Testing

@testable import Memory

@Suite struct `CRC-32C` {
    @Test func `the check value of the catalogues`() {
        let text = Array("123456789".utf8)
        #expect(text.withRawSpan { Checksum.castagnoli($0) } == 0xE306_9283)
        #expect(text.withRawSpan { Checksum.castagnoliByTables($0) } == 0xE306_9283)
        #expect([UInt8](repeating: 0, count: 32).withRawSpan { Checksum.castagnoli($0) } == 0x8A91_36AA)
        #expect([UInt8]().withRawSpan { Checksum.castagnoli($0) } == 0)
    }

    @Test func `the instruction and the tables agree, in one piece or two, from any address`() {
        var chance = SeededChance(seed: Campaign.seed + 1)
        for _ in 0..<500 * Campaign.factor {
            let bytes = (0..<chance.below(300)).map { _ in UInt8(truncatingIfNeeded: chance.next()) }
            let cut = chance.below(bytes.count + 1)
            bytes.withRawSpan { whole in
                let expected = Checksum.castagnoliByTables(whole)
                let (head, tail) = (whole.extracting(0..<cut), whole.extracting(cut..<whole.byteCount))
                #expect(Checksum.castagnoli(whole) == expected)
                #expect(Checksum.castagnoli(tail, behind: Checksum.castagnoli(head)) == expected)
                #expect(
                    Checksum.castagnoliByTables(tail, behind: Checksum.castagnoliByTables(head)) == expected)
            }
        }
    }
}
