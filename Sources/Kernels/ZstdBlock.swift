internal import CZstd

/// Zstandard frames with an optional trained dictionary, for what is kept. One instance a thread.
@safe package final class ZstdCompressor {
  private let context: OpaquePointer
  private let dictionary: OpaquePointer?

  /// - Parameters: `dictionary`: from `ZstdDictionary.train`, or empty; `level`: 1...19.
  package init(dictionary: [UInt8] = [], level: Int = 6) {
    // Zstandard's own constructors; they fail only when memory is out.
    guard let context = unsafe ZSTD_createCCtx() else { preconditionFailure("out of memory") }
    unsafe self.context = unsafe context
    unsafe self.dictionary =
      dictionary.isEmpty
      ? nil : unsafe dictionary.withUnsafeBytes { unsafe ZSTD_createCDict($0.baseAddress, $0.count, Int32(level)) }
    _ = unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, Int32(level))
    _ = unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
    if let table = unsafe self.dictionary { _ = unsafe ZSTD_CCtx_refCDict(context, table) }
  }

  deinit {
    // Made in init, used nowhere else.
    _ = unsafe ZSTD_freeCCtx(context)
    if let dictionary = unsafe dictionary { _ = unsafe ZSTD_freeCDict(dictionary) }
  }

  /// One frame with its content size and checksum.
  package func compress(_ bytes: [UInt8]) -> [UInt8] {
    let bound = ZSTD_compressBound(bytes.count)
    return unsafe [UInt8](unsafeUninitializedCapacity: bound) { target, written in
      // Zstandard reads bytes.count bytes and writes at most `bound`.
      let size = unsafe bytes.withUnsafeBytes { source in
        unsafe ZSTD_compress2(context, target.baseAddress, bound, source.baseAddress, source.count)
      }
      precondition(ZSTD_isError(size) == 0, "Zstandard refused a buffer of its own bound")
      written = size
    }
  }
}

/// Decoder for `ZstdCompressor`'s frames. One instance a thread.
@safe package final class ZstdDecompressor {
  private let context: OpaquePointer
  private let dictionary: OpaquePointer?

  /// A frame that is damaged, was made with another dictionary, or is larger than allowed.
  package struct Corrupt: Error, CustomStringConvertible {
    package let description: String
  }

  package init(dictionary: [UInt8] = []) {
    guard let context = unsafe ZSTD_createDCtx() else { preconditionFailure("out of memory") }
    unsafe self.context = unsafe context
    unsafe self.dictionary =
      dictionary.isEmpty ? nil : unsafe dictionary.withUnsafeBytes { unsafe ZSTD_createDDict($0.baseAddress, $0.count) }
    if let table = unsafe self.dictionary { _ = unsafe ZSTD_DCtx_refDDict(context, table) }
  }

  deinit {
    // Made in init, used nowhere else.
    _ = unsafe ZSTD_freeDCtx(context)
    if let dictionary = unsafe dictionary { _ = unsafe ZSTD_freeDDict(dictionary) }
  }

  /// The content of one frame, at most `limit` bytes.
  package func decompress(_ frame: ByteView, limit: Int) throws -> [UInt8] {
    // Both calls read within the frame's bytes.
    let size = unsafe frame.withUnsafeBytes { unsafe ZSTD_getFrameContentSize($0.baseAddress, $0.count) }
    guard size <= UInt64(limit) else { throw Corrupt(description: "frame without a credible size") }
    return try unsafe [UInt8](unsafeUninitializedCapacity: max(Int(size), 1)) { target, written in
      let produced = unsafe frame.withUnsafeBytes { source in
        unsafe ZSTD_decompressDCtx(context, target.baseAddress, Int(size), source.baseAddress, source.count)
      }
      guard ZSTD_isError(produced) == 0, produced == Int(size) else {
        throw Corrupt(description: "damaged Zstandard frame")
      }
      written = Int(size)
    }
  }
}

/// Dictionary training (Zstandard's COVER family).
package enum ZstdDictionary {
  /// A dictionary of at most `capacity` bytes, or an empty array where the samples are too few to train on.
  package static func train(samples: [[UInt8]], capacity: Int) -> [UInt8] {
    let joined = samples.flatMap { $0 }
    let sizes = samples.map(\.count)
    guard sizes.count >= 8, joined.count >= capacity / 2 else { return [] }
    return unsafe [UInt8](unsafeUninitializedCapacity: capacity) { target, written in
      // The trainer reads the sum of sizes, which is joined.count, and writes at most `capacity`.
      let size = unsafe joined.withUnsafeBytes { source in
        unsafe sizes.withUnsafeBufferPointer { lengths in
          unsafe ZDICT_trainFromBuffer(
            target.baseAddress, capacity, source.baseAddress, lengths.baseAddress, UInt32(lengths.count))
        }
      }
      written = ZDICT_isError(size) == 0 ? size : 0
    }
  }
}
