internal import Codecs
internal import Kernels

/// The documents of some files in one format: cut into splits once, then read split by split by any number of threads.
package struct DocumentCollection: Sendable {
  package let format: any DocumentFormat
  /// In reading order.
  package let files: [CollectionFile]
  private let readers: [SplitReader]

  private static let blockSize = 1 << 20

  /// Finds the files and looks at their first bytes.
  ///
  /// - Parameters:
  ///   - patterns: paths and shell patterns. Patterns match files in bytewise order; without a match they are an error.
  ///   - format: with its options; see `DocumentFormats`.
  /// - Throws: `CorpusError`.
  package init(patterns: [String], format: any DocumentFormat) throws(CorpusError) {
    self.format = format
    let files = try FilePatterns.files(patterns) { format.leavesOut($0) }
    self.files = files
    readers = files.map { SplitReader($0, limit: format.options.limits.stream) }
  }

  /// Cuts every file in one streaming pass. Memory: a block of 1 MiB, the decompressor's window and the result.
  ///
  /// The borders depend on the files' contents, `targetBytes` and `limits.record`; see `SplitCutter`.
  /// - Parameters:
  ///   - targetBytes: mean uncompressed bytes of a split, at least 16; they have a quarter to four times as many.
  ///   - progress: told now and then how many uncompressed bytes have passed; what it throws ends the pass.
  /// - Throws: `CorpusError` with path and byte offset, also for a damaged compressed stream.
  package func splits(
    targetBytes: Int, progress: (UInt64) throws -> Void = { _ in }
  ) throws -> [Split] {
    var splits: [Split] = []
    var passed: UInt64 = 0
    for index in files.indices {
      splits += try format.splits(of: files[index], index, targetBytes: max(targetBytes, 16)) { count in
        passed += UInt64(count)
        try progress(passed)
      }
    }
    return splits
  }

  /// The uncompressed bytes of a split; none for one overlong record.
  ///
  /// - Throws: `CorpusError` `.changed` if they are not the bytes the split was cut from, `.badData`, `.io`, `.noInput`.
  package func read(_ split: Split) throws(CorpusError) -> [UInt8] {
    guard files.indices.contains(split.file), files[split.file].name.utf8.elementsEqual(split.name.utf8) else {
      throw CorpusError(.changed, "\(split.name): the collection has no such file any more; plan again")
    }
    if split.isOverlongRecord { return [] }
    let bytes = try readers[split.file].read(split.offset..<split.offset + split.length)
    guard UInt64(bytes.count) == split.length, digest(bytes) == split.fingerprint else {
      throw CorpusError(
        .changed,
        "\(files[split.file].path): bytes \(split.offset)..<\(split.offset + split.length) changed while reading"
          + " (their SHA-256 is not the one they had when the collection was cut); plan again")
    }
    return bytes
  }

  /// The documents in a split's bytes. A pure function: nothing is read.
  package func documents(in bytes: [UInt8], of split: Split) -> DocumentBatch {
    if split.isOverlongRecord { return .overlong(split, limit: format.options.limits.record) }
    return format.documents(in: bytes, of: split)
  }

  private func digest(_ bytes: [UInt8]) -> Fingerprint {
    var hasher = FingerprintHasher()
    hasher.update(bytes)
    return hasher.finalize()
  }
}

extension DocumentFormat {
  /// Cuts one file. Here, and not in `DocumentCollection`, so that the loops know the type of `Borders`.
  package func splits(
    of file: CollectionFile, _ index: Int, targetBytes: Int, progress: (Int) throws -> Void
  ) throws -> [Split] {
    var cutter = SplitCutter(
      file: index, name: file.name, borders: makeBorders(), targetBytes: targetBytes,
      recordLimit: options.limits.record)
    let limit = options.limits.stream
    let stream = try file.reading { () throws(StreamError) -> any ByteStream in
      file.compression.stream(try InputFile(path: file.path), limit: limit)
    }
    var block = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = try file.reading { () throws(StreamError) -> Int in try stream.read(into: &block, at: 0) }
      if count == 0 { return cutter.finish() }
      cutter.feed(block, count: count)
      try progress(count)
    }
  }
}
