internal import Codecs
internal import Kernels

/// A shard's product-quantized codes, mapped, and exact scans over them. See `CodeWriter` for the format. All of them
/// are checked against their checksum when the file is opened. Safe to use from several threads.
package final class CodeReader: Sendable {
  package let path: String
  package let count: Int
  package let parts: Int
  package let bits: Int
  private let codes: ByteView

  private static let blocksAtOnce = 32

  /// Opens the codes in a shard's folder; `nil` if it has none. Throws `FileError`, `FormatError`.
  package static func open(_ folder: String) throws -> CodeReader? {
    let path = folder + "/" + CodeWriter.fileName
    return FileSystem.exists(path) ? try CodeReader(path: path) : nil
  }

  package init(path: String) throws {
    self.path = path
    let envelope = try Envelope(path: path, kind: CodeWriter.kind)
    let summary = try envelope.verifiedSection(CodeWriter.summary)
    let fields = summary.count == 12 ? try summary.array(of: UInt32.self, at: 0, count: 3) : []
    guard fields.count == 3, (1...8).contains(fields[2]), (1...1 << 16).contains(fields[1]) else {
      throw FormatError.corrupt(path: path, detail: "its summary is not one")
    }
    count = Int(fields[0])
    parts = Int(fields[1])
    bits = Int(fields[2])
    codes = try envelope.verifiedSection(CodeWriter.codes)
    let blocks = (count + CodeKernels.blockDocuments - 1) / CodeKernels.blockDocuments
    guard codes.count == blocks * CodeKernels.blockBytes(parts: parts, bits: bits) else {
      throw FormatError.corrupt(path: path, detail: "its codes do not have the length that its summary tells")
    }
  }

  private var blocks: Int { (count + CodeKernels.blockDocuments - 1) / CodeKernels.blockDocuments }

  /// A document's codes: (parts).
  package func codes(of document: Int) throws -> [UInt8] {
    let (block, place) = (document / 32, document % 32)
    return try (0..<parts).map { part in
      if bits > 4 { return try codes.load(UInt8.self, at: (block * parts + part) * 32 + place) }
      let byte = try codes.load(UInt8.self, at: (block * parts + part) * 16 + place % 16)
      return place < 16 ? byte & 15 : byte >> 4
    }
  }

  /// Calls `body` with every document whose sum of table entries is not below what `threshold` says at that time, and
  /// with some that are; `threshold` must not fall. `tables` is (parts, entries), see `CodeKernels`. Sums are of floats,
  /// part 0 first.
  package func scan(
    _ tables: [Float], threshold: () -> Float, body: (_ document: Int, _ score: Float) throws -> Void
  ) throws {
    let filter = bits <= 4 && parts <= 256 ? ByteTables(tables, parts: parts) : nil
    var scores = [Float](repeating: 0, count: Self.blocksAtOnce * CodeKernels.blockDocuments)
    var sums = [UInt16](repeating: 0, count: scores.count)
    for first in stride(from: 0, to: blocks, by: Self.blocksAtOnce) {
      let number = min(Self.blocksAtOnce, blocks - first)
      if let filter {
        try CodeKernels.byteSums(codes, first: first, blocks: number, parts: parts, tables: filter.values, into: &sums)
        try scanFiltered(first, number, tables, filter, sums, &scores, threshold, body)
      } else {
        try CodeKernels.scores(
          codes, first: first, blocks: number, parts: parts, bits: bits, tables: tables, into: &scores)
        let start = first * CodeKernels.blockDocuments
        for index in 0..<min(number * CodeKernels.blockDocuments, count - start) where scores[index] >= threshold() {
          try body(start + index, scores[index])
        }
      }
    }
  }

  /// Only blocks in which a bound reaches the threshold are summed in floats.
  private func scanFiltered(
    _ first: Int, _ number: Int, _ tables: [Float], _ filter: ByteTables, _ sums: [UInt16], _ scores: inout [Float],
    _ threshold: () -> Float, _ body: (Int, Float) throws -> Void
  ) throws {
    let documents = CodeKernels.blockDocuments
    for block in 0..<number {
      let start = (first + block) * documents
      let filled = min(documents, count - start)
      let needed = filter.sum(reaching: threshold())
      guard (0..<filled).contains(where: { Int(sums[block * documents + $0]) >= needed }) else { continue }
      try CodeKernels.scores(
        codes, first: first + block, blocks: 1, parts: parts, bits: bits, tables: tables, into: &scores)
      for index in 0..<filled where scores[index] >= threshold() { try body(start + index, scores[index]) }
    }
  }

  /// Tables of bytes whose sums bound the sums of floats from above.
  private struct ByteTables {
    /// (parts, 16).
    let values: [UInt8]
    private let base: Double
    private let step: Double
    private let slack: Double

    init(_ tables: [Float], parts: Int) {
      var base = 0.0
      var magnitude = 0.0
      var width = 0.0
      let lowest = (0..<parts).map { Double(tables[$0 * 16..<$0 * 16 + 16].min() ?? 0) }
      for part in 0..<parts {
        let highest = Double(tables[part * 16..<part * 16 + 16].max() ?? 0)
        base += lowest[part]
        width = max(width, highest - lowest[part])
        magnitude += max(abs(highest), abs(lowest[part]))
      }
      let step = width > 0 ? width / 255 : 1
      values = tables.indices.map { UInt8(min(255, ((Double(tables[$0]) - lowest[$0 / 16]) / step).rounded(.up))) }
      self.base = base
      self.step = step
      // Float sums are off by at most 2^-24 of the magnitude an addition; twice that, and the rounding of the bound.
      slack = magnitude * Double(parts + 2) * 0x1p-23
    }

    /// The least sum of bytes that a document with this score can have.
    func sum(reaching score: Float) -> Int {
      guard score > -.infinity else { return 0 }
      return max(0, Int(min(1e9, ((Double(score) - base - slack) / step).rounded(.down))))
    }
  }
}
