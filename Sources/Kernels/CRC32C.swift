internal import CKernels

/// CRC-32C (Castagnoli), the checksum of every section of every file.
package enum CRC32C {
  /// The checksum of `bytes`, continuing `crc` (0 to begin): `checksum(b, continuing: checksum(a)) == checksum(a + b)`.
  package static func checksum(_ bytes: some Collection<UInt8>, continuing crc: UInt32 = 0) -> UInt32 {
    let result = bytes.withContiguousStorageIfAvailable { buffer in
      // The kernel reads exactly `buffer.count` bytes.
      unsafe ck_crc32c(crc, buffer.baseAddress, buffer.count)
    }
    return result ?? checksum(Array(bytes), continuing: crc)
  }

  /// Of an array, without the generic call.
  package static func checksum(_ bytes: [UInt8], continuing crc: UInt32 = 0) -> UInt32 {
    // The kernel reads exactly `count` bytes.
    unsafe bytes.withUnsafeBufferPointer { unsafe ck_crc32c(crc, $0.baseAddress, $0.count) }
  }

  package static func checksum(_ view: ByteView, continuing crc: UInt32 = 0) -> UInt32 {
    // The kernel reads exactly `count` bytes.
    unsafe view.withUnsafeBytes { buffer in
      unsafe ck_crc32c(crc, buffer.baseAddress?.assumingMemoryBound(to: UInt8.self), buffer.count)
    }
  }

  /// The table-driven version, oracle of the one that uses the processor's instruction.
  package static func portableChecksum(_ bytes: [UInt8], continuing crc: UInt32 = 0) -> UInt32 {
    unsafe bytes.withUnsafeBufferPointer { unsafe ck_crc32c_portable(crc, $0.baseAddress, $0.count) }
  }
}
