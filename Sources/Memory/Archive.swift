/// Writes a state down or takes it back: one verb does both, so that a type lists what it keeps once.
///
/// What follows from settings is not archived: whoever restores makes a fresh value of the same settings first. Every
/// read is checked against what is left before anything is taken for it. The first fault stays in `error`; from then on
/// nothing is read any more and all values stay as they are, so that whoever began a restoration looks once, at its
/// end, and throws away what was half restored.
public struct Archive: ~Copyable {
    private enum Direction { case saving, restoring, numbering }

    private var saved: ByteBuffer
    private let bytes: [UInt8]
    private var place = 0
    /// Where the part ends that is being read.
    private var end: Int
    private let direction: Direction
    public private(set) var error: ArchiveError?
    /// Numbers of topics by their slots: noted while saving, looked up while numbering.
    public private(set) var numbers: [UInt64: UInt64] = [:]

    /// Saves.
    public init(capacity: Int = 16_384) {
        saved = ByteBuffer(capacity: capacity)
        (bytes, end, direction) = ([], 0, .saving)
    }

    /// Restores.
    public init(restoring bytes: [UInt8]) {
        saved = ByteBuffer(capacity: 1)
        (self.bytes, end, direction) = (bytes, bytes.count, .restoring)
    }

    /// Reads nothing and changes nothing but the numbers of topics: for what begins anew and goes on counting.
    public init(numbering numbers: [UInt64: UInt64]) {
        saved = ByteBuffer(capacity: 1)
        (bytes, end, direction) = ([], 0, .numbering)
        self.numbers = numbers
    }

    /// Whether what was archived now stands in the values: time to find what follows from them.
    public var hasRestored: Bool { direction == .restoring && error == nil }
    public var isSaving: Bool { direction == .saving }
    public var savedCount: Int { saved.count }
    /// Bytes that have not been read yet.
    public var left: Int { error == nil ? end - place : 0 }

    // MARK: Plain values

    public mutating func value<Value: Plain>(_ value: inout Value) {
        if direction == .saving { return saved.append(value) }
        guard takes(MemoryLayout<Value>.size), isSound(Value.self, count: 1) else { return }
        value = unsafe bytes.withUnsafeBytes { unsafe $0.loadUnaligned(fromByteOffset: place, as: Value.self) }
        place += MemoryLayout<Value>.size
    }

    public mutating func values<First: Plain, Second: Plain>(_ first: inout First, _ second: inout Second) {
        value(&first)
        value(&second)
    }

    public mutating func values<First: Plain, Second: Plain, Third: Plain>(
        _ first: inout First, _ second: inout Second, _ third: inout Third
    ) {
        values(&first, &second)
        value(&third)
    }

    public mutating func values<First: Plain, Second: Plain, Third: Plain, Fourth: Plain>(
        _ first: inout First, _ second: inout Second, _ third: inout Third, _ fourth: inout Fourth
    ) {
        values(&first, &second)
        values(&third, &fourth)
    }

    public mutating func optional<Value: Plain>(_ value: inout Value?) {
        var isThere = value != nil
        self.value(&isThere)
        guard isThere else { return restore { value = nil } }
        if let there = value {
            var there = there
            self.value(&there)
            value = there
        } else {
            value = read(Value.self)
        }
    }

    /// A choice by its raw value, of whatever kind.
    public mutating func choice<Choice: RawRepresentable>(_ choice: inout Choice) where Choice.RawValue: Plain {
        var raw = choice.rawValue
        value(&raw)
        guard let made = Choice(rawValue: raw) else { return refuse("\(raw) is no \(Choice.self)") }
        choice = made
    }

    public mutating func text(_ text: inout String) {
        var characters = Array(text.utf8)
        array(&characters)
        guard hasRestored else { return }
        text = String(decoding: characters, as: UTF8.self)
    }

    // MARK: Many plain values

    /// A list of any length.
    public mutating func array<Element: Plain>(_ list: inout [Element]) {
        var count = list.count
        self.count(&count, stride: MemoryLayout<Element>.stride)
        if direction == .saving {
            return unsafe list.withUnsafeBytes { unsafe saved.append(RawSpan(_unsafeBytes: $0)) }
        }
        guard isSound(Element.self, count: count), direction == .restoring, error == nil else { return }
        let size = MemoryLayout<Element>.stride
        list.removeAll(keepingCapacity: true)
        list.reserveCapacity(count)
        unsafe bytes.withUnsafeBytes { source in
            for index in 0..<count {
                unsafe list.append(source.loadUnaligned(fromByteOffset: place + index * size, as: Element.self))
            }
        }
        place += count * size
    }

    /// All cells of a run that keeps its length.
    public mutating func cells<Element: Plain>(_ cells: inout FixedCells<Element>) {
        var count = cells.count
        self.count(&count, stride: MemoryLayout<Element>.stride)
        if direction == .saving { return cells.withBytes(first: count) { saved.append($0) } }
        guard isSound(Element.self, count: count), direction == .restoring, error == nil else { return }
        guard count == cells.count else { return refuse("\(count) cells, not \(cells.count)") }
        copy(into: &cells, count)
    }

    /// The first cells of a run that grows up to `limit`: afterwards it has no more than those.
    public mutating func cells<Element: Plain>(
        _ cells: inout FixedCells<Element>, used: Int, repeating blank: Element, limit: Int
    ) {
        // Whoever restores has read `used` already: both must agree.
        var count = used
        self.count(&count, stride: MemoryLayout<Element>.stride)
        if direction == .saving { return cells.withBytes(first: count) { saved.append($0) } }
        guard isSound(Element.self, count: count), direction == .restoring, error == nil else { return }
        guard count <= limit else { return refuse("\(count) cells of at most \(limit)") }
        cells = FixedCells(repeating: blank, count: count)
        copy(into: &cells, count)
    }

    /// All counters of a run that grows.
    public mutating func cells<Element: Plain>(_ cells: inout Cells<Element>, limit: Int) {
        var count = cells.count
        self.count(&count, stride: MemoryLayout<Element>.stride)
        if direction == .saving {
            return cells.withSpan { (span: Span<Element>) in saved.append(unsafe span.bytes) }
        }
        guard isSound(Element.self, count: count), direction == .restoring, error == nil else { return }
        guard count <= limit else { return refuse("\(count) cells of at most \(limit)") }
        cells.removeAll()
        guard count > 0 else { return }
        cells.grow(to: count, keepingAt: 0)
        unsafe bytes.withUnsafeBytes { source in
            for index in 0..<count {
                unsafe cells[index] = source.loadUnaligned(
                    fromByteOffset: place + index * MemoryLayout<Element>.stride, as: Element.self)
            }
        }
        place += count * MemoryLayout<Element>.stride
    }

    private mutating func copy<Element: Plain>(into cells: inout FixedCells<Element>, _ count: Int) {
        unsafe bytes.withUnsafeBytes { source in
            for index in 0..<count {
                unsafe cells[index] = source.loadUnaligned(
                    fromByteOffset: place + index * MemoryLayout<Element>.stride, as: Element.self)
            }
        }
        place += count * MemoryLayout<Element>.stride
    }

    // MARK: Many other values

    /// A list of any length whose elements archive themselves; `blank` makes one to restore into.
    public mutating func list<Element>(
        _ list: inout [Element], blank: @autoclosure () -> Element, _ body: (inout Element, inout Archive) -> Void
    ) {
        var count = list.count
        // Each element takes a byte at least.
        self.count(&count, stride: 1)
        guard direction != .numbering, error == nil else { return }
        if direction == .restoring { list.removeAll(keepingCapacity: true) }
        for index in 0..<count where error == nil {
            if direction == .restoring { list.append(blank()) }
            body(&list[index], &self)
        }
    }

    /// A list whose length follows from settings.
    public mutating func each<Element>(_ list: inout [Element], _ body: (inout Element, inout Archive) -> Void) {
        var count = list.count
        value(&count)
        guard count == list.count else { return refuse("\(count) elements, not \(list.count)") }
        for index in list.indices { body(&list[index], &self) }
    }

    /// One value that need not be there; `blank` makes one to restore into.
    public mutating func optional<Value>(
        _ value: inout Value?, blank: @autoclosure () -> Value, _ body: (inout Value, inout Archive) -> Void
    ) {
        var isThere = value != nil
        self.value(&isThere)
        guard isThere else { return restore { value = nil } }
        guard direction != .numbering, error == nil else { return }
        var there = value ?? blank()
        body(&there, &self)
        value = there
    }

    // MARK: Parts

    /// A part with its length in front: it must be read to its end, and cannot be read beyond it.
    public mutating func part(_ body: (inout Archive) -> Void) {
        guard direction != .numbering else { return body(&self) }
        let start = saved.count
        var length = 0
        value(&length)
        if direction == .saving {
            body(&self)
            return saved.store(saved.count - start - MemoryLayout<Int>.size, at: start)
        }
        guard error == nil else { return }
        guard length >= 0, length <= left else { return fail(.short(wanted: length, left: left, at: place)) }
        let outer = end
        end = place + length
        body(&self)
        if error == nil, place < end { fail(.leftOver(end - place, at: place)) }
        end = outer
    }

    /// Passes over a part that nobody wants.
    public mutating func skip() {
        var length = 0
        value(&length)
        guard error == nil else { return }
        guard length >= 0, length <= left else { return fail(.short(wanted: length, left: left, at: place)) }
        place += length
    }

    /// The number of the last update on a topic.
    public mutating func number(_ number: inout UInt64, ofSlot slot: UInt64) {
        switch direction {
        case .saving: numbers[slot] = number
        case .numbering: number = numbers[slot] ?? number
        case .restoring: break
        }
        value(&number)
    }

    // MARK: Ends

    /// What must hold of restored values; says what does not.
    public mutating func check(_ holds: Bool, _ problem: @autoclosure () -> String) {
        if !holds { refuse(problem()) }
    }

    /// A restoration must have read everything.
    public mutating func finish() throws(ArchiveError) {
        if error == nil, direction == .restoring, place < end { fail(.leftOver(end - place, at: place)) }
        if let error { throw error }
    }

    /// Forgets what was saved and keeps its memory: for the next state of many.
    public mutating func removeAll() {
        precondition(direction == .saving, "Only what was saved can be forgotten.")
        saved.removeAll()
        numbers.removeAll(keepingCapacity: true)
    }

    /// What was saved.
    public func withSaved<Result, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result { try saved.withBytes(body) }

    /// A copy of what was saved.
    public var array: [UInt8] { saved.withBytes { $0.array } }

    // MARK: Reading

    private mutating func restore(_ body: () -> Void) {
        if hasRestored { body() }
    }

    private mutating func count(_ count: inout Int, stride: Int) {
        value(&count)
        guard direction == .restoring, error == nil else { return }
        guard count >= 0, count <= left / stride else { return fail(.short(wanted: count, left: left, at: place)) }
    }

    private mutating func read<Value: Plain>(_: Value.Type) -> Value? {
        guard takes(MemoryLayout<Value>.size), isSound(Value.self, count: 1) else { return nil }
        let start = place
        place += MemoryLayout<Value>.size
        return unsafe bytes.withUnsafeBytes { unsafe $0.loadUnaligned(fromByteOffset: start, as: Value.self) }
    }

    private mutating func takes(_ size: Int) -> Bool {
        guard direction == .restoring, error == nil else { return false }
        guard size <= end - place else {
            fail(.short(wanted: size, left: end - place, at: place))
            return false
        }
        return true
    }

    /// Whether the bytes ahead are values of a type.
    private mutating func isSound<Value: Plain>(_: Value.Type, count: Int) -> Bool {
        let bounds = Value.bounds
        guard !bounds.isEmpty, direction == .restoring, error == nil else { return true }
        for index in 0..<count {
            let start = place + index * MemoryLayout<Value>.stride
            for bound in bounds where bytes[start + bound.offset] > bound.largest {
                refuse("byte \(bound.offset) of a \(Value.self) is \(bytes[start + bound.offset])")
                return false
            }
        }
        return true
    }

    private mutating func refuse(_ problem: String) {
        guard direction == .restoring else { return }
        fail(.impossible(problem, at: place))
    }

    private mutating func fail(_ fault: ArchiveError) {
        error = error ?? fault
    }
}
