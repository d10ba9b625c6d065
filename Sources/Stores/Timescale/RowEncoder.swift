internal import Memory

/// A symbol as its rows name it.
struct TimescaleSymbol {
    let name: [UInt8]
    let sizeStep: Int64
}

/// Takes the rows of one update into the batches of their tables.
struct RowEncoder: RowWriter {
    let batches: [TableBatch]
    let node: [UInt8]
    let symbol: TimescaleSymbol
    let mark: RowMark
    private var batch: TableBatch
    private(set) var rows = 0
    private var isOpen = false

    init(_ batches: [TableBatch], node: [UInt8], symbol: TimescaleSymbol, mark: RowMark) {
        precondition(!batches.isEmpty, "A store must have tables.")
        self.batches = batches
        self.node = node
        self.symbol = symbol
        self.mark = mark
        batch = batches[0]
    }

    mutating func begin(_ table: Int) {
        batch = batches[table]
        batch.begin(mark)
        isOpen = true
    }

    mutating func beginGroup(_ table: Int, start: Int64) {
        batches[table].beginGroup(node: node, symbol: symbol.name, start: start)
    }

    mutating func end() {
        batch.end()
        rows += 1
        isOpen = false
    }

    /// Takes back the row that was begun and not ended.
    mutating func abandon() {
        if isOpen { batch.abandon() }
        isOpen = false
    }

    func appendSymbol() { batch.append(node: node, symbol: symbol.name) }
    func appendNull() { batch.appendNull() }
    func append(integer: Int64) { batch.append(integer: integer) }
    func append(real: Double) { batch.append(real: real) }
    func append(flag: Bool) { batch.append(flag: flag) }
    func append(marks: UInt32) { batch.append(marks: marks) }
    func append(time: Int64) { batch.append(time: time) }
    func append(price: Int64) { batch.append(billionths: Int128(price)) }
    func append(quantity: Int64) { batch.append(billionths: Int128(quantity) * Int128(symbol.sizeStep)) }
    func append(text: RawSpan) { batch.append(text: text) }
    func append(json: RawSpan) { batch.append(json: json) }
}
