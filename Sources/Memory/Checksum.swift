internal import CPlatform

/// CRC-32C (Castagnoli), the checksum of files that the project writes.
public enum Checksum {
    /// Of bytes that follow others whose checksum is `before`; 0 where none went before.
    public static func castagnoli(_ bytes: RawSpan, behind before: UInt32 = 0) -> UInt32 {
        unsafe bytes.withUnsafeBytes { unsafe platform_checksum(before, $0.baseAddress, $0.count) }
    }

    /// The same without the processor's own instruction: what other machines compute.
    static func castagnoliByTables(_ bytes: RawSpan, behind before: UInt32 = 0) -> UInt32 {
        unsafe bytes.withUnsafeBytes { unsafe platform_checksum_by_tables(before, $0.baseAddress, $0.count) }
    }
}
