internal import Glibc

/// Key pairs in files, as czmq and pyzmq write and read them: `NAME.key` for everybody, `NAME.secret` for its owner.
public enum KeyFile {
    public static let publicEnding = ".key"
    public static let secretEnding = ".secret"
    /// A file of keys is a few lines; whoever points at something else gets an error and not a long wait.
    static let sizeLimit = 1 << 20

    /// The pair whose secret half stands in a file that nobody else may read.
    public static func keyPair(at path: String) throws -> KeyPair {
        let file = try read(path, isSecret: true)
        guard let secret = value("secret-key", in: file).flatMap({ SecretKey($0) }) else {
            throw KeyFault.noKey(path: path, wanted: "secret")
        }
        let pair = try KeyPair(secret)
        if let open = value("public-key", in: file), open != pair.publicKey.description {
            throw KeyFault.halvesDiffer(path: path)
        }
        return pair
    }

    /// The public key in a file, whichever half of a pair it is.
    public static func publicKey(at path: String) throws(KeyFault) -> PublicKey {
        let file = try read(path, isSecret: false)
        guard let key = value("public-key", in: file).flatMap({ PublicKey($0) }) else {
            throw .noKey(path: path, wanted: "public")
        }
        return key
    }

    /// Writes a pair into two new files, `path.secret` and `path.key`.
    public static func write(_ pair: KeyPair, to path: String) throws(KeyFault) {
        let (secret, open) = (path + secretEnding, path + publicEnding)
        // Asked first, so that no half is left behind where the other stands already.
        guard unsafe access(open, F_OK) != 0 else { throw .exists(path: open) }
        let half = "curve\n    public-key = \"\(pair.publicKey)\"\n"
        try create(
            secret, mode: 0o600,
            "# A secret key. Whoever has it is you: keep it where it is.\n\(half)"
                + "    secret-key = \"\(pair.secretKey.text)\"\n")
        try create(open, mode: 0o644, "# A public key. Give it to those who shall know you.\n\(half)")
    }

    // MARK: Files

    /// A line `name = "value"`, as in the files of other programs, with either kind of line end.
    static func value(_ name: String, in text: String) -> String? {
        for line in text.split(whereSeparator: \.isNewline) {
            let line = line.drop { $0 == " " || $0 == "\t" }
            guard line.hasPrefix(name), let mark = line.firstIndex(of: "=") else { continue }
            guard line[..<mark].dropFirst(name.count).allSatisfy({ $0 == " " || $0 == "\t" }) else { continue }
            let value = line[line.index(after: mark)...].drop { $0 == " " || $0 == "\t" || $0 == "\"" }
            return String(value.prefix { $0 != "\"" && $0 != " " && $0 != "\t" && $0 != "\r" })
        }
        return nil
    }

    /// The text of a file. The mode is that of the open file: nobody can put another one in its place meanwhile.
    static func read(_ path: String, isSecret: Bool) throws(KeyFault) -> String {
        // Not waiting: a named pipe in place of a file would hold the program for ever.
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw .unreadable(path: path, reason: reason()) }
        defer { close(file) }
        var facts = stat()
        guard unsafe fstat(file, &facts) == 0 else { throw .unreadable(path: path, reason: reason()) }
        guard facts.st_mode & S_IFMT == S_IFREG else { throw .unreadable(path: path, reason: "it is no file") }
        if isSecret, facts.st_mode & 0o077 != 0 {
            throw .readableByOthers(path: path, mode: facts.st_mode & 0o777)
        }
        guard facts.st_size <= sizeLimit else { throw .unreadable(path: path, reason: "it is no file of keys") }
        var bytes = [UInt8](repeating: 0, count: sizeLimit)
        var count = 0
        while count < bytes.count {
            let step = unsafe bytes.withUnsafeMutableBytes { room in
                unsafe Glibc.read(file, room.baseAddress?.advanced(by: count), room.count - count)
            }
            if step < 0, errno == EINTR { continue }
            guard step >= 0 else { throw .unreadable(path: path, reason: reason()) }
            if step == 0 { break }
            count += step
        }
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }

    private static func create(_ path: String, mode: mode_t, _ text: String) throws(KeyFault) {
        let file = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard file >= 0 else {
            throw errno == EEXIST ? .exists(path: path) : .unwritable(path: path, reason: reason())
        }
        defer { close(file) }
        let bytes = Array(text.utf8)
        let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(file, $0.baseAddress, $0.count) }
        guard count == bytes.count, fsync(file) == 0 else {
            let why = reason()
            unsafe unlink(path)
            throw .unwritable(path: path, reason: why)
        }
    }

    static func reason() -> String { unsafe String(cString: strerror(errno)) }
}
