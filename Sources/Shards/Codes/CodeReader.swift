internal import Codecs
internal import Kernels
internal import Synchronization

/// A shard's product-quantized codes, mapped, and exact scans over them. See `CodeWriter` for the format. All of them
/// are checked against their checksum when the file is opened, and lists for what they must be. Safe to use from several
/// threads.
package final class CodeReader: Sendable {
  package let path: String
  package let count: Int
  package let parts: Int
  package let bits: Int
  private let codes: ByteView
  private let grouping: CodeLists?
  /// (documents): the entry of each, made when codes of a document are first asked for. A search needs none.
  private let entries = Mutex<[UInt32]?>(nil)

  /// Lists that the codes are in; `nil` where they are in the order of documents.
  package var lists: Int? { grouping?.count }

  /// (lists): the entries of each.
  var listLengths: [Int]? {
    grouping.map { lists in (0..<lists.count).map { Int(lists.starts[$0 + 1] - lists.starts[$0]) } }
  }

  fileprivate static let blocksAtOnce = 32

  /// Opens the codes in a shard's folder; `nil` if it has none. Throws `FileError`, `FormatError`.
  package static func open(_ folder: String) throws -> CodeReader? {
    let path = folder + "/" + CodeWriter.fileName
    return FileSystem.exists(path) ? try CodeReader(path: path) : nil
  }

  package init(path: String) throws {
    self.path = path
    let envelope = try Envelope(path: path, kind: CodeWriter.kind)
    let summary = try CodeSummary(envelope)
    count = summary.documents
    parts = summary.parts
    bits = summary.bits
    codes = try envelope.verifiedSection(CodeWriter.codes)
    let blocks = (count + CodeKernels.blockDocuments - 1) / CodeKernels.blockDocuments
    guard codes.count == blocks * CodeKernels.blockBytes(parts: parts, bits: bits) else {
      throw FormatError.corrupt(path: path, detail: "its codes do not have the length that its summary tells")
    }
    grouping = try summary.lists.map { try Self.grouping(envelope, lists: $0, documents: summary.documents) }
  }

  private static func grouping(_ envelope: Envelope, lists: Int, documents: Int) throws -> CodeLists {
    let starts = try envelope.verifiedSection(CodeWriter.starts)
    let numbers = try envelope.verifiedSection(CodeWriter.documents)
    guard starts.count == 4 * (lists + 1), numbers.count == 4 * documents,
      let grouping = CodeLists(
        starts: try starts.array(of: UInt32.self, at: 0, count: lists + 1),
        documents: try numbers.array(of: UInt32.self, at: 0, count: documents))
    else { throw FormatError.corrupt(path: envelope.path, detail: "its lists are not of its documents") }
    return grouping
  }

  /// A document's codes: (parts).
  package func codes(of document: Int) throws -> [UInt8] {
    let entry = try entry(of: document)
    let (block, place) = (entry / 32, entry % 32)
    return try (0..<parts).map { part in
      if bits > 4 { return try codes.load(UInt8.self, at: (block * parts + part) * 32 + place) }
      let byte = try codes.load(UInt8.self, at: (block * parts + part) * 16 + place % 16)
      return place < 16 ? byte & 15 : byte >> 4
    }
  }

  private func entry(of document: Int) throws -> Int {
    guard let grouping else { return document }
    guard (0..<count).contains(document) else {
      throw FormatError.corrupt(path: path, detail: "it has no document \(document)")
    }
    return entries.withLock { entries in
      if entries == nil { entries = grouping.entries }
      return Int(entries?[document] ?? 0)
    }
  }

  /// Calls `body` with every document whose sum of table entries is not below what `threshold` says at that time, and
  /// with some that are; `threshold` must not fall. `tables` is (parts, entries), see `CodeKernels`. Sums are of floats,
  /// part 0 first.
  /// - Parameter lists: those to scan, ascending; by default everything. Not for codes without lists.
  package func scan(
    _ tables: [Float], lists: [Int]? = nil, threshold: () -> Float,
    body: (_ document: Int, _ score: Float) throws -> Void
  ) throws {
    precondition(lists == nil || grouping != nil)
    let ranges = lists.flatMap { grouping?.ranges(of: $0) } ?? [0..<count]
    var scan = Scan(tables, filter: bits <= 4 && parts <= 256 ? ByteTables(tables, parts: parts) : nil)
    for range in ranges where !range.isEmpty {
      try self.scan(range, &scan, threshold) { entry, score in
        try body(grouping.map { Int($0.documents[entry]) } ?? entry, score)
      }
    }
  }

  /// What a scan works with.
  private struct Scan {
    let tables: [Float]
    let filter: ByteTables?
    /// (entries of `blocksAtOnce` blocks).
    var scores = [Float](repeating: 0, count: CodeReader.blocksAtOnce * CodeKernels.blockDocuments)
    var sums = [UInt16](repeating: 0, count: CodeReader.blocksAtOnce * CodeKernels.blockDocuments)

    init(_ tables: [Float], filter: ByteTables?) {
      self.tables = tables
      self.filter = filter
    }
  }

  /// Scans the blocks in which the entries of `range` are; the others in them are left out.
  private func scan(
    _ range: Range<Int>, _ scan: inout Scan, _ threshold: () -> Float, _ body: (Int, Float) throws -> Void
  ) throws {
    let documents = CodeKernels.blockDocuments
    let end = (range.upperBound + documents - 1) / documents
    for first in stride(from: range.lowerBound / documents, to: end, by: Self.blocksAtOnce) {
      let number = min(Self.blocksAtOnce, end - first)
      if let filter = scan.filter {
        try CodeKernels.byteSums(
          codes, first: first, blocks: number, parts: parts, tables: filter.values, into: &scan.sums)
        for block in 0..<number {
          try scanFiltered(block, at: (first + block) * documents, range, filter, &scan, threshold, body)
        }
      } else {
        try CodeKernels.scores(
          codes, first: first, blocks: number, parts: parts, bits: bits, tables: scan.tables, into: &scan.scores)
        let start = first * documents
        for index in max(0, range.lowerBound - start)..<min(number * documents, range.upperBound - start)
        where scan.scores[index] >= threshold() {
          try body(start + index, scan.scores[index])
        }
      }
    }
  }

  /// A block is summed in floats only if a bound in it reaches the threshold. `block`: its place among the sums; `start`:
  /// its first entry.
  private func scanFiltered(
    _ block: Int, at start: Int, _ range: Range<Int>, _ filter: ByteTables, _ scan: inout Scan,
    _ threshold: () -> Float, _ body: (Int, Float) throws -> Void
  ) throws {
    let documents = CodeKernels.blockDocuments
    let places = max(0, range.lowerBound - start)..<min(documents, range.upperBound - start)
    let needed = filter.sum(reaching: threshold())
    guard places.contains(where: { Int(scan.sums[block * documents + $0]) >= needed }) else { return }
    try CodeKernels.scores(
      codes, first: start / documents, blocks: 1, parts: parts, bits: bits, tables: scan.tables, into: &scan.scores)
    for place in places where scan.scores[place] >= threshold() { try body(start + place, scan.scores[place]) }
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
