internal import CLZ4

/// LZ4 blocks, for what is written once and read soon: chunks and sorted runs.
package enum LZ4Block {
  /// A compressed block that does not decode to the length it should have.
  package struct Corrupt: Error {}

  /// The compressed bytes; never fails. At most 1 GiB at a time.
  package static func compress(_ bytes: [UInt8]) -> [UInt8] {
    precondition(bytes.count <= 1 << 30, "an LZ4 block holds at most 1 GiB")
    let bound = Int(LZ4_compressBound(Int32(bytes.count)))
    return unsafe [UInt8](unsafeUninitializedCapacity: bound) { target, written in
      unsafe bytes.withUnsafeBytes { source in
        // LZ4 reads source.count bytes and writes at most `bound`, the capacity given.
        unsafe written = Int(
          LZ4_compress_default(
            source.baseAddress?.assumingMemoryBound(to: CChar.self),
            UnsafeMutableRawPointer(target.baseAddress!).assumingMemoryBound(to: CChar.self),
            Int32(source.count), Int32(bound)))
      }
    }
  }

  /// Decompresses to exactly `length` bytes, or throws `Corrupt`.
  package static func decompress(_ view: ByteView, length: Int) throws -> [UInt8] {
    guard length >= 0, length <= 1 << 30, view.count <= 1 << 30 else { throw Corrupt() }
    return try unsafe [UInt8](unsafeUninitializedCapacity: max(length, 1)) { target, written in
      // LZ4's safe decoder reads at most view.count bytes and writes at most `length`.
      let produced = unsafe view.withUnsafeBytes { source in
        unsafe LZ4_decompress_safe(
          source.baseAddress?.assumingMemoryBound(to: CChar.self),
          UnsafeMutableRawPointer(target.baseAddress!).assumingMemoryBound(to: CChar.self),
          Int32(source.count), Int32(length))
      }
      guard Int(produced) == length else { throw Corrupt() }
      written = length
    }
  }
}
