package import Kernels

/// One file of a collection.
package struct CollectionFile: Sendable, Hashable {
  /// As it is opened.
  package let path: String
  /// The same on every machine: the path behind a pattern's fixed part, or the last component of a single path, with as
  /// many folders before it as it takes to differ from the others.
  package let name: String
  /// From its first bytes.
  package let compression: Compression
  /// On disk.
  package let byteCount: UInt64

  /// A remark if the file's suffix promises another compression than its content has.
  package var suffixRemark: String? {
    let promised = Compression.promised(by: path)
    guard promised != compression, let suffix = promised.suffix ?? compression.suffix else { return nil }
    return promised == .none
      ? "the content is \(compression.rawValue), though the name does not end in \(suffix)"
      : "the name ends in \(suffix), but the content is \(compression == .none ? "not" : compression.rawValue)"
  }

  /// Rethrows a stream's error as the collection's, with that remark.
  func reading<T>(_ body: () throws(StreamError) -> T) throws(CorpusError) -> T {
    do {
      return try body()
    } catch {
      throw CorpusError(error, remark: suffixRemark)
    }
  }
}

extension CollectionFile {
  /// Looks at the first bytes of an open file.
  init(_ input: InputFile, name: String) throws(StreamError) {
    let compression = try Compression.detected(in: input)
    let promised = Compression.promised(by: input.path)
    if input.byteCount == 0, !input.isPipe, promised != .none {
      throw StreamError(.truncated, path: input.path, "the file is empty, which no \(promised.rawValue) file is")
    }
    self.init(path: input.path, name: name, compression: compression, byteCount: input.byteCount)
  }
}
