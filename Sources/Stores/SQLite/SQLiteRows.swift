internal import Memory
internal import SQLite

/// The prepared statements that write rows, one for each table, and the row in the making.
struct SQLiteRows: RowWriter, ~Copyable {
    private let insertions: Shelf<Statement>
    private let deletions: Shelf<Statement>
    /// For each table its place among the deletions; -1 for none.
    private let groups: [Int]
    private var table = 0
    private var parameter = 0
    /// The number of the symbol that the rows speak of.
    var symbol: Int64 = 0

    init(_ database: borrowing Database) throws {
        insertions = Shelf(capacity: StoredTables.all.count)
        deletions = Shelf(capacity: StoredTables.all.count)
        var groups: [Int] = []
        for table in StoredTables.all {
            insertions.append(try database.prepare(SQLiteSchema.insertion(into: table)))
            switch table.form {
            case .appended, .revised: groups.append(-1)
            case .grouped(let columns):
                precondition(columns == 2, "A group must be named by symbol and time.")
                groups.append(
                    deletions.append(try database.prepare(SQLiteSchema.deletion(from: table, by: columns))))
            }
        }
        self.groups = groups
    }

    mutating func begin(_ table: Int) {
        self.table = table
        parameter = 0
    }

    mutating func beginGroup(_ table: Int, start: Int64) throws {
        deletions[groups[table]].bind(symbol, at: 1)
        deletions[groups[table]].bind(start, at: 2)
        try deletions[groups[table]].run()
    }

    mutating func appendSymbol() { append(integer: symbol) }

    mutating func appendNull() {
        parameter += 1
        insertions[table].bindNull(at: parameter)
    }

    mutating func append(integer: Int64) {
        parameter += 1
        insertions[table].bind(integer, at: parameter)
    }

    mutating func append(real: Double) {
        parameter += 1
        insertions[table].bind(real, at: parameter)
    }

    mutating func append(flag: Bool) { append(integer: flag ? 1 : 0) }
    mutating func append(marks: UInt32) { append(integer: Int64(marks)) }
    mutating func append(time: Int64) { append(integer: time) }
    mutating func append(price: Int64) { append(integer: price) }
    mutating func append(quantity: Int64) { append(integer: quantity) }

    mutating func append(text: RawSpan) {
        parameter += 1
        insertions[table].bind(text: text, at: parameter)
    }

    mutating func append(json: RawSpan) { append(text: json) }

    mutating func append(text: String) {
        parameter += 1
        insertions[table].bind(text, at: parameter)
    }

    mutating func append(bytes: RawSpan) {
        parameter += 1
        insertions[table].bind(bytes: bytes, at: parameter)
    }

    mutating func end() throws {
        try insertions[table].run()
    }
}
