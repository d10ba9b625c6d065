internal import CPostgres

/// Which server and database to connect to, and as whom. Shown without the password.
public struct ServerAddress: Sendable, Equatable {
    /// libpq's names and values, in the order in which they were given.
    private(set) var options: [Option]

    struct Option: Sendable, Equatable {
        let name: String
        let value: String
    }

    /// The text is no address. It never shows the text, which may hold a password.
    public struct Unreadable: Error, Equatable, CustomStringConvertible {
        public let problem: String
        public var description: String { problem }
    }

    /// - Parameter url: `postgres://user:password@host:5432/database?sslmode=require`, or libpq's `host=… dbname=…`.
    public init(url: String) throws(Unreadable) {
        options = try ServerAddress.parse(url)
        // What libpq says of a host or a port that it cannot use shows it: a part of a badly written password, perhaps.
        if let host = value("host"), host.contains("@") || host.contains(":") && !host.contains("::") {
            throw Unreadable(problem: "the address' host cannot be told: percent-encode @ : / in user and password")
        }
        let ports = (value("port") ?? "").split(separator: ",")
        guard ports.allSatisfy({ UInt16($0) != nil }) else {
            throw Unreadable(problem: "the address' port is no number: percent-encode @ : / in user and password")
        }
    }

    public init(host: String, port: Int, database: String, user: String) {
        options = [
            Option(name: "host", value: host), Option(name: "port", value: String(port)),
            Option(name: "dbname", value: database), Option(name: "user", value: user),
        ]
    }

    /// The same address with a password; one that the address has is replaced.
    public func with(password: String) -> ServerAddress { with("password", password) }

    public var hasPassword: Bool { value("password") != nil }

    /// The same server with another database.
    public func with(database: String) -> ServerAddress { with("dbname", database) }

    /// The same with settings of the session behind those that the address has.
    func with(options settings: [String]) -> ServerAddress {
        let own = value("options").map { [$0] } ?? []
        return with("options", (own + settings.map { "-c \($0)" }).joined(separator: " "))
    }

    private func with(_ name: String, _ value: String) -> ServerAddress {
        var address = self
        address.options.removeAll { $0.name == name }
        address.options.append(Option(name: name, value: value))
        return address
    }

    func value(_ name: String) -> String? { options.last { $0.name == name }?.value }

    private static func parse(_ text: String) throws(Unreadable) -> [Option] {
        guard let list = unsafe PQconninfoParse(text, nil) else {
            throw Unreadable(
                problem: "the address cannot be read: write postgres://user@host:port/database, percent-encoded")
        }
        defer { unsafe PQconninfoFree(list) }
        var options: [Option] = []
        var entry = unsafe list
        while let name = unsafe entry.pointee.keyword {
            if let value = unsafe entry.pointee.val {
                options.append(Option(name: unsafe String(cString: name), value: unsafe String(cString: value)))
            }
            unsafe entry += 1
        }
        return options
    }
}

extension ServerAddress: CustomStringConvertible {
    public var description: String {
        let user = value("user").map { "\($0)@" } ?? ""
        let port = value("port").map { ":\($0)" } ?? ""
        return "postgres://\(user)\(value("host") ?? "localhost")\(port)/\(value("dbname") ?? "")"
    }
}
