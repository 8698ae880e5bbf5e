internal import Codecs
internal import Corpus
internal import Kernels

extension FuzzTarget {
  /// Collections, and the streams that they are packed in.
  static var collections: [FuzzTarget] {
    DocumentFormats.all.map { $0.name }.map { name in
      FuzzTarget(name) { bytes in try cutAndRead(bytes, format: name) }
    } + [FuzzTarget("streams", unpack)]
  }

  /// Now and then through a file that is cut, which takes a hundred times as long.
  private static func cutAndRead(_ bytes: [UInt8], format: String) throws {
    var options = ReadOptions()
    options.invalidUTF8 = bytes.count % 3 == 0 ? .replace : bytes.count % 3 == 1 ? .latin1 : nil
    options.repair = bytes.count % 2 == 0 ? .doubleEncoding : .none
    let format = try DocumentFormats.format(named: format, options: options)
    let whole = Split(
      file: 0, name: "input", offset: 0, length: UInt64(bytes.count), firstLine: 1, fingerprint: Fingerprint.of([]))
    check(format.documents(in: bytes, of: whole), bytes)
    guard bytes.count % 32 == 0 else { return }
    let collection = try DocumentCollection(patterns: [Scratch.file(bytes)], format: format)
    for split in try collection.splits(targetBytes: 64) {
      let content = try collection.read(split)
      check(collection.documents(in: content, of: split), content)
    }
  }

  private static func check(_ batch: DocumentBatch, _ bytes: [UInt8]) {
    precondition(batch.starts.count == batch.documents.count)
    precondition(batch.starts.allSatisfy(bytes.indices.contains))
  }

  /// gzip, zstd, lz4 or none of them.
  private static func unpack(_ bytes: [UInt8]) throws {
    let input = try InputFile(path: Scratch.file(bytes))
    let stream = try Compression.detected(in: input).stream(input)
    var block = [UInt8](repeating: 0, count: 1 << 16)
    while try stream.read(into: &block, at: 0) > 0 {}
  }
}
