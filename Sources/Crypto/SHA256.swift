internal import CCrypto

/// A SHA-256 over bytes that come in pieces, by the system's libcrypto.
public struct SHA256: ~Copyable, Sendable {
    public static let size = 32

    @safe private struct Storage: BitwiseCopyable, @unchecked Sendable {
        // Sendable: the hash is noncopyable, so exactly one owner reaches this context at any time.
        let context: OpaquePointer
    }

    private let storage: Storage

    public init() { storage = unsafe Storage(context: HashContext.begin()) }

    deinit { unsafe EVP_MD_CTX_free(storage.context) }

    public mutating func append(_ bytes: RawSpan) { unsafe HashContext.append(bytes, to: storage.context) }

    /// The 32 bytes of the hash over all bytes so far.
    public var value: [UInt8] { unsafe HashContext.value(of: storage.context) }
}

/// Many running hashes, each known by its index.
public struct SHA256List: ~Copyable, Sendable {
    @safe private struct Storage: @unchecked Sendable {
        // Sendable: the list is noncopyable, so exactly one owner reaches these contexts at any time.
        var contexts: [OpaquePointer] = unsafe []
    }

    private var storage = Storage()

    public init() {}

    deinit { unsafe storage.contexts.forEach { unsafe EVP_MD_CTX_free($0) } }

    public var count: Int { unsafe storage.contexts.count }

    /// Begins another hash and returns its index.
    public mutating func begin() -> Int {
        unsafe storage.contexts.append(HashContext.begin())
        return count - 1
    }

    public mutating func append(_ bytes: RawSpan, to index: Int) {
        unsafe HashContext.append(bytes, to: storage.contexts[index])
    }

    /// The 32 bytes of one hash over all its bytes so far.
    public func value(of index: Int) -> [UInt8] { unsafe HashContext.value(of: storage.contexts[index]) }
}

/// The calls that a hash is made of. libcrypto fails them only without memory or without SHA-256 at all.
private enum HashContext {
    static func begin() -> OpaquePointer {
        guard let context = unsafe EVP_MD_CTX_new() else { preconditionFailure("A hash needs a little memory.") }
        let started = unsafe EVP_DigestInit_ex(context, EVP_sha256(), nil)
        precondition(started == 1, "The system's libcrypto must offer SHA-256.")
        return unsafe context
    }

    static func append(_ bytes: RawSpan, to context: OpaquePointer) {
        let done = unsafe bytes.withUnsafeBytes { unsafe EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
        precondition(done == 1, "A hash that has begun must take bytes.")
    }

    /// Ends a copy, so that the hash itself can go on.
    static func value(of context: OpaquePointer) -> [UInt8] {
        let copy = unsafe begin()
        defer { unsafe EVP_MD_CTX_free(copy) }
        let copied = unsafe EVP_MD_CTX_copy_ex(copy, context)
        precondition(copied == 1, "A hash must be copied.")
        return unsafe [UInt8](unsafeUninitializedCapacity: SHA256.size) { buffer, count in
            let done = unsafe EVP_DigestFinal_ex(copy, buffer.baseAddress, nil)
            precondition(done == 1, "A hash that has begun must end.")
            count = SHA256.size
        }
    }
}
