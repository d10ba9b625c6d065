internal import Market

/// What a query found: columns, rows, and what must be said of them.
public struct QueryAnswer: Sendable {
    /// A value as it is shown: text in quotes where JSON wants them, everything else as it is.
    public enum Cell: Equatable, Sendable {
        case nothing
        case text(String)
        /// A number, a truth value, or JSON, written out.
        case plain(String)

        /// As a table and CSV show it.
        public var shown: String {
            switch self {
            case .nothing: ""
            case .text(let text), .plain(let text): text
            }
        }
    }

    public let columns: [String]
    public internal(set) var rows: [[Cell]] = []
    /// Sentences for the reader, such as that something is missing.
    public internal(set) var notes: [String] = []

    init(_ columns: [String]) { self.columns = columns }
}

extension QueryAnswer.Cell {
    init(price: Int64?) { self = price.map { .plain(DecimalText.text(billionths: Int128($0))) } ?? .nothing }

    init(steps: Int64?, of step: Int64) {
        self = steps.map { .plain(DecimalText.text(billionths: Int128($0) * Int128(step))) } ?? .nothing
    }

    init(time: Int64?) { self = time.map { .text(Timestamp(nanoseconds: $0).description) } ?? .nothing }
    init(count: Int64?) { self = count.map { .plain("\($0)") } ?? .nothing }
    init(real: Double?) {
        self = real.map { .plain($0 == $0.rounded() && abs($0) < 1e15 ? "\(Int64($0))" : "\($0)") } ?? .nothing
    }

    /// A stored value by its column.
    init(_ value: StoredValue, _ type: ColumnType, sizeStep: Int64) {
        guard value != .nothing else {
            self = .nothing
            return
        }
        switch type {
        case .price: self.init(price: value.integer)
        case .quantity: self.init(steps: value.integer, of: sizeStep)
        case .time: self.init(time: value.integer)
        case .symbol, .integer: self.init(count: value.integer)
        case .real: self.init(real: value.real)
        case .flag: self = .plain(value.integer == 0 ? "false" : "true")
        case .marks(let names):
            let bits = value.integer ?? 0
            self = .text(
                names.enumerated().filter { bits >> Int64($0.offset) & 1 == 1 }.map(\.element).joined(separator: " "))
        case .text, .bytes: self = .text(value.text ?? "")
        case .json: self = .plain(value.text.map(StoredJSON.text) ?? "null")
        }
    }
}
