internal import CCrypto

/// A SHA-256 over bytes that come in pieces, by the system's libcrypto.
public struct SHA256: ~Copyable, Sendable {
    public static let size = 32

    @safe private struct Storage: BitwiseCopyable, @unchecked Sendable {
        // Sendable: the hash is noncopyable, so exactly one owner reaches this context at any time.
        let context: OpaquePointer
    }

    private let storage: Storage

    public init() {
        guard let context = unsafe EVP_MD_CTX_new() else { preconditionFailure("A hash needs a little memory.") }
        let started = unsafe EVP_DigestInit_ex(context, EVP_sha256(), nil)
        precondition(started == 1, "The system's libcrypto must offer SHA-256.")
        storage = unsafe Storage(context: context)
    }

    deinit { unsafe EVP_MD_CTX_free(storage.context) }

    public mutating func append(_ bytes: RawSpan) {
        let done = unsafe bytes.withUnsafeBytes { unsafe EVP_DigestUpdate(storage.context, $0.baseAddress, $0.count) }
        precondition(done == 1, "A hash that has begun must take bytes.")
    }

    /// The 32 bytes of the hash.
    public consuming func finish() -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: SHA256.size) { buffer, count in
            let done = unsafe EVP_DigestFinal_ex(storage.context, buffer.baseAddress, nil)
            precondition(done == 1, "A hash that has begun must end.")
            count = SHA256.size
        }
    }
}
