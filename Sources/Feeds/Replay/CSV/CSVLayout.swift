internal import Market

/// A column map resolved against one file: plain column numbers.
struct CSVLayout {
    /// −1 where the file has no such column.
    var time = -1
    var price = -1
    var size = -1
    var side = -1
    var symbol = -1
    var bid = -1
    var ask = -1
    var bidSize = -1
    var askSize = -1
    var identifier = -1
    var tape = -1
    var conditions = -1
    var venue = -1
    var action = -1
    let delimiter: UInt8
    let hasHeading: Bool
    /// The symbol of every row where no column has it.
    let constantSymbol: [UInt8]
    let buyValues: [[UInt8]]
    let sellValues: [[UInt8]]
    /// How many fields a row needs.
    private(set) var width = 0

    /// Resolves a map by a file's first line; refuses a file in which time, or price with size, or bid with ask cannot
    /// be found, naming the columns that it has.
    init(_ columns: CSVColumns, firstLine: [UInt8], file: String) throws(RecordingError) {
        delimiter = columns.delimiter ?? Self.guessedDelimiter(firstLine)
        var scanner = FieldScanner(delimiter: delimiter)
        var names: [String] = []
        // A byte order mark belongs to no name.
        let line = firstLine.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(firstLine.dropFirst(3)) : firstLine
        do {
            try scanner.scan(line.span)
        } catch {
            throw RecordingError.refused(file: file, reason: "line 1: \(error)")
        }
        for index in 0..<scanner.count { names.append(scanner.text(index, of: line.span)) }
        hasHeading = columns.hasHeading ?? !names.contains { DecimalText.billionths($0) != nil }
        buyValues = columns.buyValues.map { Array($0.lowercased().utf8) }
        sellValues = columns.sellValues.map { Array($0.lowercased().utf8) }
        var constant: [UInt8] = []
        var symbolColumn: CSVColumns.Column?
        switch columns.symbol {
        case .constant(let name): constant = Array(name.utf8)
        case .column(let column): symbolColumn = column
        case nil: constant = Array(Self.name(of: file).uppercased().utf8)
        }
        constantSymbol = constant
        let heading = Heading(names: hasHeading ? names.map { $0.lowercased() } : [], all: names, file: file)
        try place(columns, symbolColumn, heading)
        let isTrade = price >= 0 && size >= 0
        guard time >= 0, isTrade || (bid >= 0 && ask >= 0) else {
            let missing = time < 0 ? "the time" : price < 0 ? "the price" : "the size"
            throw RecordingError.refused(
                file: file, reason: "no column is \(missing); line 1 has \(heading.seen). Name it in the column map")
        }
        width = 1 + max(time, isTrade ? max(price, size) : max(bid, ask))
    }

    private mutating func place(
        _ columns: CSVColumns, _ symbolColumn: CSVColumns.Column?, _ heading: Heading
    ) throws(RecordingError) {
        time = try heading.place(columns.time, CSVColumns.usualTime)
        price = try heading.place(columns.price, CSVColumns.usualPrice)
        size = try heading.place(columns.size, CSVColumns.usualSize)
        side = try heading.place(columns.side, CSVColumns.usualSide)
        bid = try heading.place(columns.bid, CSVColumns.usualBid)
        ask = try heading.place(columns.ask, CSVColumns.usualAsk)
        bidSize = try heading.place(columns.bidSize, CSVColumns.usualBidSize)
        askSize = try heading.place(columns.askSize, CSVColumns.usualAskSize)
        identifier = try heading.place(columns.identifier, CSVColumns.usualIdentifier)
        tape = try heading.place(columns.tape, CSVColumns.usualTape)
        // Without a tape a usual name is no reason to read what files had all along.
        func usual(_ names: [String]) -> [String] { tape >= 0 ? names : [] }
        conditions = try heading.place(columns.conditions, usual(CSVColumns.usualConditions))
        venue = try heading.place(columns.venue, usual(CSVColumns.usualVenue))
        action = try heading.place(columns.action, usual(CSVColumns.usualAction))
        if columns.symbol == nil || symbolColumn != nil {
            symbol = try heading.place(symbolColumn, CSVColumns.usualSymbol)
        }
    }

    private struct Heading {
        /// In small letters; none where the first line is a row.
        let names: [String]
        /// The fields of the first line as they stand.
        let all: [String]
        let file: String

        var seen: String { all.prefix(20).map { "\"\($0)\"" }.joined(separator: ", ") }

        /// The place of a column that the map names, else of the first usual name that the heading has, else −1.
        func place(_ column: CSVColumns.Column?, _ usual: [String]) throws(RecordingError) -> Int {
            switch column {
            case .index(let index):
                guard (0..<FieldScanner.fieldLimit).contains(index) else {
                    throw .refused(file: file, reason: "column \(index) of the map is none of 0 to 255")
                }
                return index
            case .name(let name):
                if let found = names.firstIndex(of: name.lowercased()) { return found }
                throw .refused(file: file, reason: "no column \"\(name)\"; line 1 has \(seen)")
            case nil:
                for name in usual { if let found = names.firstIndex(of: name) { return found } }
                return -1
            }
        }
    }

    private static func guessedDelimiter(_ line: [UInt8]) -> UInt8 {
        let candidates = [UInt8(ascii: ","), 9, UInt8(ascii: ";"), UInt8(ascii: "|")]
        var best = candidates[0]
        var most = 0
        for candidate in candidates {
            let count = line.count { $0 == candidate }
            if count > most {
                most = count
                best = candidate
            }
        }
        return best
    }

    private static func name(of file: String) -> String {
        let last = file.split(separator: "/").last ?? ""
        return String(last.prefix { $0 != "." })
    }
}
