public import Market
public import Memory
public import Updates

// Values that are archived as they lie in memory.

/// A choice without associated values.
public protocol PlainChoice: Plain, CaseIterable {}

extension PlainChoice {
    public static var bounds: [PlainBound] { [.choice(\Self.self)] }
}

extension Side: PlainChoice {}
extension BookState: PlainChoice {}
extension EvidenceKind: PlainChoice {}
extension Timestamp: Plain {}
extension Session: Plain {}
extension UpdateHead: Plain {}
extension UpdateHead.Flags: Plain {}
extension Bar: Plain {}
extension WideSum: Plain {}
extension VolumeWeightedPrice: Plain {}
extension SessionUpdate: Plain {}
extension QualityCounts: Plain {}
extension QualityUpdate.Marks: Plain {}
extension Window: Plain {}
extension Quote: Plain {}
extension AreaReading: Plain {}

extension Quality: Plain {
    public static var bounds: [PlainBound] { [.choice(\Self.bookState)] }
}

extension Evidence: Plain {
    public static var bounds: [PlainBound] { [.choice(\Self.kind)] + .part(\Self.quality) }
}

extension Finding: Plain {
    public static var bounds: [PlainBound] { .part(\Self.evidence) }
}

extension ZoneReading: Plain {
    public static var bounds: [PlainBound] { .part(\Self.evidence) }
}

extension StateReading: Plain {
    public static var bounds: [PlainBound] { [.choice(\Self.state)] + .part(\Self.evidence) }
}

extension KeptTrade {
    public static var bounds: [PlainBound] { [.choice(\Self.method)] }
}

extension FinishedBar: Plain {
    public static var bounds: [PlainBound] { .part(\Self.quality) }
}
