internal import Postgres

/// Where a row comes from, for the case that the server refuses it.
struct RowMark {
    /// Places in the sink's lists of nodes and in its run of kept updates.
    let node: Int32
    let slot: UInt16
    let symbol: UInt32
    let update: Range<Int>

    init(node: Int, slot: UInt16, symbol: UInt32, update: Range<Int>) {
        self.node = Int32(node)
        self.slot = slot
        self.symbol = symbol
        self.update = update
    }
}

/// The rows of one table that wait for their commit, encoded.
final class TableBatch {
    let table: TimescaleTable
    var rows = CopyRows()
    var groups = CopyRows()
    var marks: [RowMark] = []
    /// Days since 1970 that the rows lie on, where the table is parted; in the order in which they came.
    private(set) var days: [Int] = []
    /// Whether rows take the way through the session's own table.
    var isStaged: Bool
    /// Whether that table, and the one of groups, hold rows of this transaction already.
    var hasStaged = false
    var hasStagedGroups = false
    /// Counts rows, and groups, so that the newest of a key can be told.
    private var ordinal: Int64 = 0
    private var column = 0
    private let timeColumn: Int

    init(_ table: TimescaleTable) {
        self.table = table
        isStaged = table.isRevised
        timeColumn = table.table.time.flatMap { table.table.index(of: $0) } ?? -1
    }

    var isEmpty: Bool { rows.isEmpty && groups.isEmpty }

    /// Forgets the rows; `ordinal` goes on.
    func removeAll() {
        rows.removeAll()
        groups.removeAll()
        marks.removeAll(keepingCapacity: true)
        days.removeAll(keepingCapacity: true)
    }

    // MARK: Encoding

    func begin(_ mark: RowMark) {
        rows.begin(columns: table.columns.count + (table.isRevised ? 1 : 0))
        marks.append(mark)
        column = 0
    }

    func beginGroup(node: [UInt8], symbol: [UInt8], start: Int64) {
        ordinal += 1
        groups.begin(columns: 4)
        groups.append(utf8: node)
        groups.append(utf8: symbol)
        groups.append(TableBatch.microseconds(start).whole)
        groups.append(ordinal)
    }

    func end() {
        guard table.isRevised else { return }
        if !table.isGrouped { ordinal += 1 }
        rows.append(ordinal)
    }

    /// A row that was begun cannot be finished.
    func abandon() {
        rows.removeLast()
        marks.removeLast()
    }

    func append(node: [UInt8], symbol: [UInt8]) {
        rows.append(utf8: node)
        rows.append(utf8: symbol)
        column += 1
    }

    func appendNull() {
        rows.appendNull()
        if table.hasNanoseconds[column] { rows.appendNull() }
        column += 1
    }

    func append(time: Int64) {
        let (whole, rest) = TableBatch.microseconds(time)
        rows.append(whole)
        if table.hasNanoseconds[column] { rows.append(rest) }
        if column == timeColumn { note(day: TableBatch.day(of: time)) }
        column += 1
    }

    func append(marks: UInt32) {
        if marks == 0 {
            rows.append(utf8: [])
        } else {
            let names = table.marks[column].enumerated().filter { marks & 1 << UInt32($0.offset) != 0 }.map(\.element)
            rows.append(utf8: Array(names.joined(separator: [UInt8(ascii: ",")])))
        }
        column += 1
    }

    func append(billionths: Int128) {
        rows.append(billionths: billionths)
        column += 1
    }

    func append(integer: Int64) {
        rows.append(integer)
        column += 1
    }

    func append(real: Double) {
        rows.append(real)
        column += 1
    }

    func append(flag: Bool) {
        rows.append(flag)
        column += 1
    }

    func append(text: RawSpan) {
        rows.append(text)
        column += 1
    }

    func append(json: RawSpan) {
        rows.append(json: json)
        column += 1
    }

    private func note(day: Int) {
        if days.last != day, !days.contains(day) { days.append(day) }
    }

    // MARK: Time

    /// Microseconds from 1970 to PostgreSQL's own epoch, the year 2000.
    private static let epoch: Int64 = 946_684_800_000_000

    /// PostgreSQL's count of microseconds, and the nanoseconds below it.
    static func microseconds(_ time: Int64) -> (whole: Int64, rest: Int16) {
        let rest = ((time % 1_000) + 1_000) % 1_000
        return ((time - rest) / 1_000 - epoch, Int16(rest))
    }

    /// Nanoseconds since 1970 from PostgreSQL's count.
    static func nanoseconds(_ microseconds: Int64) -> Int64 { (microseconds + epoch) * 1_000 }

    static func day(of time: Int64) -> Int {
        let day: Int64 = 86_400_000_000_000
        return Int(time >= 0 ? time / day : (time - day + 1) / day)
    }
}

extension TableBatch {
    /// The transaction has ended, and the session's own tables are empty.
    func settle() {
        hasStaged = false
        hasStagedGroups = false
    }

    /// Forgets everything of a connection that is gone.
    func forget() {
        removeAll()
        settle()
        isStaged = table.isRevised
    }
}
