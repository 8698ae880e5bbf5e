internal import Codecs
internal import Kernels

/// A shard's forward index. See `ForwardWriter` for the format. Records are read at their positions; the vocabulary is
/// in memory. Safe to use from several threads.
package final class ForwardReader: Sendable {
  package let path: String
  package let count: Int
  private let kind: ImpactKind
  private let offsets: ByteView
  private let vocabulary: ByteStrings
  private let file: PositionalFile
  private let start: Int

  /// Opens the file in a shard's folder; `nil` if it has none. Throws `FileError`, `FormatError`.
  package static func open(_ folder: String) throws -> ForwardReader? {
    let path = folder + "/" + ForwardWriter.fileName
    return FileSystem.exists(path) ? try ForwardReader(path: path) : nil
  }

  package init(path: String) throws {
    self.path = path
    let envelope = try Envelope(path: path, kind: ForwardWriter.kind)
    let summary = try envelope.verifiedSection(ForwardWriter.summary)
    guard summary.count == 8,
      let kind = ImpactKind(rawValue: UInt8(truncatingIfNeeded: try summary.load(UInt32.self, at: 4)))
    else { throw FormatError.corrupt(path: path, detail: "its summary is not one") }
    count = Int(try summary.load(UInt32.self, at: 0))
    self.kind = kind
    offsets = try envelope.section(ForwardWriter.offsets)
    do {
      vocabulary = try PackedBytes.strings(
        offsets: envelope.verifiedSection("\(ForwardWriter.terms).offsets"),
        data: envelope.verifiedSection(ForwardWriter.terms))
    } catch is PackedBytes.Corrupt {
      throw FormatError.corrupt(path: path, detail: "its vocabulary does not decompress")
    }
    let records = try envelope.location(of: ForwardWriter.records)
    guard offsets.count == (count + 1) * 8, try offsets.load(Int.self, at: count * 8) == records.length else {
      throw FormatError.corrupt(path: path, detail: "its offsets do not belong to its records")
    }
    start = records.offset
    file = try PositionalFile(path)
  }

  /// A document's terms with their impacts, terms in byte order. Throws `FormatError.corrupt`, `FileError`.
  package func terms(of document: Int) throws -> [(term: [UInt8], impact: Float)] {
    guard (0..<count).contains(document) else { throw corrupt(document) }
    do {
      return try decode(document)
    } catch is ByteView.OutOfBounds {
      throw corrupt(document)
    } catch is VarintList.Malformed {
      throw corrupt(document)
    }
  }

  private func decode(_ document: Int) throws -> [(term: [UInt8], impact: Float)] {
    let offset = try offsets.load(Int.self, at: document * 8)
    let length = try offsets.load(Int.self, at: document * 8 + 8).subtractingReportingOverflow(offset)
    guard offset >= 0, !length.overflow, length.partialValue >= 5, length.partialValue < 1 << 30 else {
      throw corrupt(document)
    }
    let end = length.partialValue - 4
    let record = ByteView(try file.readExactly(at: start + offset, count: length.partialValue))
    guard try record.load(UInt32.self, at: end) == CRC32C.checksum(record.slice(0, end)) else {
      throw corrupt(document)
    }
    var position = 0
    func number() throws -> Int { Int(truncatingIfNeeded: try VarintList.read(record, at: &position) & 0xffff_ffff) }
    let terms = try number()
    guard terms <= end else { throw corrupt(document) }
    var term = 0
    let numbers = try (0..<terms).map { _ in
      term += try number()
      return term
    }
    return try numbers.map { term in
      guard term < vocabulary.count else { throw corrupt(document) }
      let bytes = Array(vocabulary[term])
      if kind == .integers { return (bytes, Float(try number())) }
      defer { position += 4 }
      return (bytes, try record.loadFloat(at: position))
    }
  }

  private func corrupt(_ document: Int) -> FormatError {
    .corrupt(path: path, detail: "the terms of document \(document) are damaged")
  }
}
