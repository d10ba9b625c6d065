internal import CHiredis
internal import Glibc
internal import Memory

/// One connection to a Redis server: runs of commands out, as many replies back in the same order.
///
/// It waits, so it belongs to a thread that may. Sending is not the library's: its own would end the program by a
/// signal where the server has gone. Closed on `deinit`.
public struct RedisConnection: ~Copyable, Sendable {
    /// What a connection waits for and takes.
    public struct Limits: Sendable {
        /// How long it may take to connect.
        public var connecting: Duration
        /// How long the server may take for the next byte, in or out.
        public var silence: Duration
        /// Bytes that wait to become replies.
        public var reply: Int
        /// Elements of one array.
        public var elements: Int

        public init(
            connecting: Duration = .seconds(1), silence: Duration = .seconds(1), reply: Int = 64 << 20,
            elements: Int = 1 << 20
        ) {
            precondition(connecting > .zero && silence > .zero, "A connection must wait for something.")
            precondition(reply > 0 && elements > 0, "A connection must take some reply.")
            self.connecting = connecting
            self.silence = silence
            self.reply = reply
            self.elements = elements
        }
    }

    /// What the library's reader makes replies with, and how many elements it may make at once.
    @unsafe private struct Making {
        let own: UnsafeMutablePointer<redisReplyObjectFunctions>
        var functions: redisReplyObjectFunctions
        let elements: Int
    }

    @safe private struct Storage: BitwiseCopyable, @unchecked Sendable {
        // Sendable: the connection is noncopyable, so one owner uses these pointers at any time.
        let context: UnsafeMutablePointer<redisContext>
        let making: UnsafeMutablePointer<Making>
    }

    private let storage: Storage
    private let limits: Limits
    /// Where it leads, without the password.
    public let address: String
    /// Replies that the server owes.
    public private(set) var owed = 0

    /// Connects, gives the password if the address has one, chooses the database and sees that the server answers.
    public static func open(
        _ address: RedisAddress, limits: Limits = Limits()
    ) throws(RedisError) -> RedisConnection {
        let context = unsafe try connect(to: address, limits)
        var connection = unsafe RedisConnection(context, address: address.description, limits)
        try connection.greet(address)
        return connection
    }

    private init(_ context: UnsafeMutablePointer<redisContext>, address: String, _ limits: Limits) {
        storage = unsafe Storage(
            context: context, making: RedisConnection.limit(context, elements: limits.elements))
        self.limits = limits
        self.address = address
    }

    private static func connect(
        to address: RedisAddress, _ limits: Limits
    ) throws(RedisError) -> UnsafeMutablePointer<redisContext> {
        let context = unsafe redisConnectWithTimeout(address.host, Int32(address.port), interval(limits.connecting))
        guard let context = unsafe context else {
            throw .cannotConnect(address: address.description, reason: "there is no memory left")
        }
        guard unsafe context.pointee.err == 0, unsafe redisSetTimeout(context, interval(limits.silence)) == REDIS_OK
        else {
            let reason = unsafe text(&context.pointee.errstr)
            unsafe redisFree(context)
            throw .cannotConnect(address: address.description, reason: reason)
        }
        _ = unsafe redisEnableKeepAlive(context)
        return unsafe context
    }

    deinit {
        unsafe redisFree(storage.context)
        unsafe storage.making.deinitialize(count: 1)
        unsafe storage.making.deallocate()
    }

    /// Sends all of the commands; as many replies are owed more.
    public mutating func send(_ commands: borrowing RedisCommands) throws(RedisError) {
        let descriptor = unsafe storage.context.pointee.fd
        let limit = limits.silence
        let address = address
        try commands.withBytes { (bytes) throws(RedisError) in
            var start = 0
            while start < bytes.byteCount {
                let rest = bytes.extracting(start..<bytes.byteCount)
                let sent = unsafe rest.withUnsafeBytes {
                    unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                if sent < 0, errno == EINTR { continue }
                guard sent >= 0 else { throw RedisConnection.failure(of: errno, address, limit) }
                start += sent
            }
        }
        owed += commands.count
    }

    /// Reads so many replies, in the order of their commands. A refused command is a reply like others.
    public mutating func receive(_ count: Int, _ body: (RedisReply) -> Void) throws(RedisError) {
        precondition(count >= 0 && count <= owed, "Only replies that are owed can be read.")
        for _ in 0..<count {
            body(try nextReply())
            owed -= 1
        }
    }

    /// One command and its reply. Nothing else may be owed.
    public mutating func ask(_ words: String...) throws(RedisError) -> RedisReply {
        precondition(owed == 0, "A question's reply must be the next one.")
        var commands = RedisCommands(capacity: 256)
        commands.begin(words.count)
        for word in words { commands.add(word) }
        try send(commands)
        owed -= 1
        return try nextReply()
    }

    // MARK: Opening

    private mutating func greet(_ address: RedisAddress) throws(RedisError) {
        let name = self.address
        if let password = address.password {
            let reply =
                if let user = address.user { try ask("AUTH", user, password) } else { try ask("AUTH", password) }
            if case .error(let refusal) = reply { throw RedisConnection.refusal(ofPassword: refusal, name) }
        }
        if address.database > 0, case .error(let refusal) = try ask("SELECT", "\(address.database)") {
            throw RedisConnection.refusal(of: "SELECT \(address.database)", refusal, name)
        }
        switch try ask("PING") {
        case .status("PONG"): return
        case .error(let refusal): throw RedisConnection.refusal(of: "PING", refusal, name)
        case .status, .integer, .bytes, .none, .array:
            throw .notRedis(address: name, reason: "PING was not answered by PONG")
        }
    }

    /// A server may repeat the words of a command that it does not know: of these refusals only the code is kept.
    private static func refusal(ofPassword refusal: RedisRefusal, _ address: String) -> RedisError {
        if refusal.code == "WRONGPASS" { return .wrongPassword(address: address) }
        if refusal.message.contains("without any password configured") { return .passwordNotWanted(address: address) }
        return .refused(address: address, command: "AUTH", RedisRefusal(refusal.code))
    }

    private static func refusal(of command: String, _ refusal: RedisRefusal, _ address: String) -> RedisError {
        switch refusal.code {
        case "LOADING": .loading(address: address)
        case "NOAUTH": .passwordMissing(address: address)
        default: .refused(address: address, command: command, refusal)
        }
    }

    /// Lets the reader refuse arrays beyond the limit before it takes memory for them.
    private static func limit(
        _ context: UnsafeMutablePointer<redisContext>, elements: Int
    ) -> UnsafeMutablePointer<Making> {
        let making = UnsafeMutablePointer<Making>.allocate(capacity: 1)
        guard let own = unsafe context.pointee.reader.pointee.fn else {
            preconditionFailure("The library's reader must know how to make replies.")
        }
        unsafe making.initialize(to: Making(own: own, functions: own.pointee, elements: elements))
        unsafe making.pointee.functions.createArray = { task, count in
            guard let making = unsafe task?.pointee.privdata?.assumingMemoryBound(to: Making.self) else { return nil }
            guard unsafe Int(count) <= making.pointee.elements else { return nil }
            return unsafe making.pointee.own.pointee.createArray(task, count)
        }
        unsafe context.pointee.reader.pointee.fn = unsafe UnsafeMutableRawPointer(making)
            .advanced(by: MemoryLayout<Making>.offset(of: \.functions) ?? 0)
            .assumingMemoryBound(to: redisReplyObjectFunctions.self)
        unsafe context.pointee.reader.pointee.privdata = UnsafeMutableRawPointer(making)
        return unsafe making
    }

    // MARK: Reading

    private mutating func nextReply() throws(RedisError) -> RedisReply {
        while true {
            var found: UnsafeMutableRawPointer?
            guard unsafe redisGetReplyFromReader(storage.context, &found) == REDIS_OK else { throw readFailure() }
            if let reply = unsafe found?.assumingMemoryBound(to: redisReply.self) {
                defer { unsafe freeReplyObject(reply) }
                return unsafe RedisReply(reply)
            }
            let waiting = unsafe storage.context.pointee.reader.pointee.len - storage.context.pointee.reader.pointee.pos
            guard waiting <= limits.reply else { throw .replyTooLong(address: address, limit: limits.reply) }
            guard unsafe redisBufferRead(storage.context) == REDIS_OK else { throw readFailure() }
        }
    }

    /// What the library says of the context's first failure.
    private func readFailure() -> RedisError {
        let reason = unsafe RedisConnection.text(&storage.context.pointee.errstr)
        switch unsafe storage.context.pointee.err {
        case REDIS_ERR_IO: return RedisConnection.failure(of: errno, address, limits.silence)
        case REDIS_ERR_EOF: return .closed(address: address, reason: "the server closed it")
        case REDIS_ERR_OOM: return .replyTooLong(address: address, limit: limits.elements)
        default: return .notRedis(address: address, reason: reason)
        }
    }

    private static func failure(of code: Int32, _ address: String, _ limit: Duration) -> RedisError {
        if code == EAGAIN || code == EWOULDBLOCK { return .timedOut(address: address, limit: limit) }
        return .closed(address: address, reason: unsafe String(cString: strerror(code)))
    }

    /// The library's own text, which ends in a zero.
    private static func text<Characters>(_ characters: UnsafePointer<Characters>) -> String {
        unsafe UnsafeRawPointer(characters).withMemoryRebound(to: CChar.self, capacity: MemoryLayout<Characters>.size) {
            unsafe String(cString: $0)
        }
    }

    private static func interval(_ duration: Duration) -> timeval {
        let (seconds, attoseconds) = duration.components
        return timeval(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
    }
}
