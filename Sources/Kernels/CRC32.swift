internal import CZlib

/// CRC-32 (IEEE 802.3, as in zlib and gzip): the checksum of the backend protocol, because every language has it.
package enum CRC32 {
  /// The checksum of `bytes`, continuing `crc` (0 to begin).
  package static func checksum(_ bytes: [UInt8], continuing crc: UInt32 = 0) -> UInt32 {
    // zlib reads exactly `count` bytes.
    unsafe bytes.withUnsafeBufferPointer {
      UInt32(truncatingIfNeeded: unsafe crc32_z(UInt(crc), $0.baseAddress, $0.count))
    }
  }
}
