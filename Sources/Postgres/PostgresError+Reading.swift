internal import CPostgres

/// libpq's names for an error's parts (postgres_ext.h), which the importer leaves out.
enum Field {
    static let severity = Int32(UInt8(ascii: "V"))
    static let state = Int32(UInt8(ascii: "C"))
    static let message = Int32(UInt8(ascii: "M"))
    static let detail = Int32(UInt8(ascii: "D"))
}

extension PostgresError {
    /// What the server says in an answer, or the connection where no server said it.
    init(_ result: OpaquePointer?, on connection: OpaquePointer) {
        guard let message = unsafe PostgresError.field(Field.message, of: result) else {
            unsafe self.init(of: connection)
            return
        }
        self.init(
            state: unsafe PostgresError.field(Field.state, of: result) ?? "",
            severity: unsafe PostgresError.field(Field.severity, of: result) ?? "",
            message: message, detail: unsafe PostgresError.field(Field.detail, of: result) ?? "")
    }

    /// What became of the connection itself.
    init(of connection: OpaquePointer) {
        let lines = unsafe PostgresError.lines(of: connection)
        self.init(message: lines.isEmpty ? "the connection is lost" : lines.joined(separator: " "))
    }

    /// What refused a sign-in. libpq has no call for its code: it stands in the verbose text behind the severity,
    /// `… failed: FATAL:  28P01: password authentication failed for user "…"`.
    static func ofSigningIn(_ connection: OpaquePointer) -> PostgresError {
        for line in unsafe lines(of: connection) {
            guard let mark = line.firstMatch(of: /([A-Z]+):  ([0-9A-Z]{5}): (.+)/) else { continue }
            return PostgresError(state: String(mark.2), severity: String(mark.1), message: String(mark.3))
        }
        return unsafe PostgresError(of: connection)
    }

    private static func lines(of connection: OpaquePointer) -> [Substring] {
        let text = unsafe PQerrorMessage(connection).map { unsafe String(cString: $0) } ?? ""
        return text.split(separator: "\n").map { $0.drop { $0 == " " || $0 == "\t" } }
    }

    private static func field(_ field: Int32, of result: OpaquePointer?) -> String? {
        guard let result = unsafe result, let text = unsafe PQresultErrorField(result, field) else { return nil }
        return unsafe String(cString: text)
    }
}
