internal import Foundation
internal import ZeroMQ

/// `millrace keys`: makes the keys by which endpoints and their clients know each other, and shows them.
struct KeysCommand: Command {
    static let name = "keys"
    static let usage = "keys new NAME | show FILE | list CLIENTS"
    static let summary = "make and show the keys that protect endpoints"
    static let details = """
          new NAME      makes a key pair: NAME.secret, for its owner alone (mode 600), and NAME.key, for everybody else.
                        Files that are there already are never overwritten
          show FILE     prints the public key of a NAME.secret or of a NAME.key
          list CLIENTS  prints an allow-list, key and name: a folder with a NAME.key for each client, or a file with a
                        line `KEY NAME` for each. A file that holds no key is named, and the status is 1

        An endpoint with keys is encrypted, and lets those in whose public keys its allow-list names. A client must know
        the endpoint's public key beforehand. Keys belong where they were made: a client makes its own pair and sends
        its NAME.key. docs/security.md says what is protected and what is not.

        Examples:
          millrace keys new keys/server            then "curve": { "secret": "keys/server.secret",
                                                                   "clients": "keys/clients" } at the publishing node
          millrace keys new me                     at the client; me.key goes into keys/clients of the server
          millrace tap tcp://10.0.0.5:5556 --secret me.secret --server server.key
        """

    private enum Work {
        case new(String)
        case show(String)
        case list(String)
    }

    private let work: Work

    init(_ arguments: inout Arguments, environment: [String: String]) throws {
        guard let verb = arguments.takeWord() else { throw UsageError("new, show or list is missing") }
        let words = arguments.takeWords()
        try arguments.finish()
        guard ["new", "show", "list"].contains(verb) else {
            throw UsageError("keys can be made, shown and listed; what is \(verb)?")
        }
        guard words.count == 1, let word = words.first, !word.isEmpty else {
            throw UsageError("`\(verb)` wants one name")
        }
        switch verb {
        case "new": work = .new(word)
        case "show": work = .show(word)
        default: work = .list(word)
        }
    }

    func run() throws -> Int32 {
        switch work {
        case .new(let name): try make(name)
        case .show(let file): try Terminal.write("\(KeysCommand.publicKey(of: file))\n")
        case .list(let path): return try list(path)
        }
        return 0
    }

    private func make(_ name: String) throws {
        let pair = try KeyPair.make()
        try KeyFile.write(pair, to: name)
        try Terminal.write(
            """
            \(name)\(KeyFile.secretEnding)  keep it here: whoever has it is you
            \(name)\(KeyFile.publicEnding)  give it to those who shall know you
            \(pair.publicKey)

            """)
    }

    /// Of a secret key it must be what really belongs to it, and nobody else may be able to read that file.
    private static func publicKey(of file: String) throws -> PublicKey {
        file.hasSuffix(KeyFile.secretEnding) ? try KeyFile.keyPair(at: file).publicKey : try KeyFile.publicKey(at: file)
    }

    private func list(_ path: String) throws -> Int32 {
        let list = try AllowList(at: path)
        let lines = list.clients.sorted { ($0.value, $0.key.description) < ($1.value, $1.key.description) }
        try Terminal.write(lines.map { "\($0.key) \($0.value)\n" }.joined())
        for fault in list.faults { Terminal.complain("millrace keys: \(fault)") }
        return list.faults.isEmpty ? 0 : 1
    }
}
