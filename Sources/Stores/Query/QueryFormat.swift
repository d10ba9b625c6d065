/// How an answer is written.
public enum QueryFormat: String, CaseIterable, Sendable {
    case table, csv, json

    /// The lines of an answer; its notes belong beside it, not into it.
    public func text(_ answer: QueryAnswer) -> String {
        switch self {
        case .table: QueryFormat.table(answer)
        case .csv: QueryFormat.csv(answer)
        case .json: QueryFormat.json(answer)
        }
    }

    private static func table(_ answer: QueryAnswer) -> String {
        let lines = [answer.columns] + answer.rows.map { $0.map(\.shown) }
        let widths = answer.columns.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        let isNumber = answer.columns.indices.map { column in
            answer.rows.contains { row in
                if case .plain = row[column] { true } else { false }
            }
        }
        return lines.map { line in
            let cells = line.enumerated().map { index, cell in
                let blanks = String(repeating: " ", count: widths[index] - cell.count)
                return isNumber[index] ? blanks + cell : cell + blanks
            }
            let text = cells.joined(separator: "  ")
            return String(text.reversed().drop { $0 == " " }.reversed())
        }.joined(separator: "\n")
    }

    /// RFC 4180, with lines that end as everywhere else here.
    private static func csv(_ answer: QueryAnswer) -> String {
        let lines = [answer.columns] + answer.rows.map { $0.map(\.shown) }
        return lines.map { $0.map(quoted).joined(separator: ",") }.joined(separator: "\n")
    }

    private static func quoted(_ cell: String) -> String {
        guard cell.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return cell }
        return "\"" + cell.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }

    /// One object a line.
    private static func json(_ answer: QueryAnswer) -> String {
        answer.rows.map { row in
            let members = zip(answer.columns, row).map { column, cell in
                switch cell {
                case .nothing: "\"\(column)\":null"
                case .plain(let text): "\"\(column)\":\(text)"
                case .text(let text): "\"\(column)\":\(escaped(text))"
                }
            }
            return "{\(members.joined(separator: ","))}"
        }.joined(separator: "\n")
    }

    static func escaped(_ text: String) -> String {
        let parts = text.unicodeScalars.map { scalar in
            switch scalar {
            case "\"": "\\\""
            case "\\": "\\\\"
            case _ where scalar.value < 32:
                "\\u" + String(repeating: "0", count: scalar.value < 16 ? 3 : 2) + String(scalar.value, radix: 16)
            default: String(scalar)
            }
        }
        return "\"\(parts.joined())\""
    }
}
