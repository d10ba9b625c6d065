/// A value whose memory can be written down and read back as it lies: numbers, and structs and choices made of them.
///
/// Where not every pattern of bits is a value (a choice, a truth, an optional), `bounds` names the bytes that tell, so
/// that damaged ones are refused before anybody looks at them. What lies on disk is this machine's memory: whoever
/// changes a type that is archived counts the version of what archives it up.
public protocol Plain: BitwiseCopyable {
    static var bounds: [PlainBound] { get }
}

extension Plain {
    public static var bounds: [PlainBound] { [] }
}

/// A byte of a plain value that may only hold small numbers.
public struct PlainBound: BitwiseCopyable, Sendable {
    /// Bytes from the value's start.
    public let offset: Int
    /// The largest number that stands for something.
    public let largest: UInt8

    /// The byte of a choice without associated values, which lies in memory as its place among all cases.
    public static func choice<Root, Choice: CaseIterable & BitwiseCopyable>(
        _ path: KeyPath<Root, Choice>
    ) -> PlainBound {
        precondition(MemoryLayout<Choice>.size == 1, "A choice must have from 2 to 256 cases.")
        return PlainBound(offset: place(path), largest: UInt8(Choice.allCases.count - 1))
    }

    public static func flag<Root>(_ path: KeyPath<Root, Bool>) -> PlainBound {
        PlainBound(offset: place(path), largest: 1)
    }

    /// The byte behind an optional number: 0 where there is one, 1 where there is none.
    public static func optional<Root, Number: FixedWidthInteger & BitwiseCopyable>(
        _ path: KeyPath<Root, Number?>
    ) -> PlainBound {
        PlainBound(offset: place(path) + MemoryLayout<Number>.size, largest: 1)
    }

    func moved(by distance: Int) -> PlainBound { PlainBound(offset: offset + distance, largest: largest) }

    fileprivate static func place<Root, Value>(_ path: KeyPath<Root, Value>) -> Int {
        guard let offset = MemoryLayout<Root>.offset(of: path) else {
            preconditionFailure("A bound must name a stored property.")
        }
        return offset
    }
}

extension [PlainBound] {
    /// The bounds of a part that is a plain value itself.
    public static func part<Root, Part: Plain>(_ path: KeyPath<Root, Part>) -> [PlainBound] {
        let start = PlainBound.place(path)
        return Part.bounds.map { $0.moved(by: start) }
    }
}

extension Int8: Plain {}
extension Int32: Plain {}
extension Int64: Plain {}
extension Int: Plain {}
extension Int128: Plain {}
extension UInt8: Plain {}
extension UInt16: Plain {}
extension UInt32: Plain {}
extension UInt64: Plain {}
extension Double: Plain {}
extension Bool: Plain {
    public static var bounds: [PlainBound] { [PlainBound(offset: 0, largest: 1)] }
}
