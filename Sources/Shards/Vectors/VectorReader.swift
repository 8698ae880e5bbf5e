internal import Codecs
internal import Kernels

/// A shard's dense vectors, read at their positions and never mapped: what a search does not ask for is in no memory of
/// its process. See `VectorWriter` for the format. Safe to use from several threads.
///
/// Scores are dot products in one fixed order of additions (`vectors.h`), so a document has the same score alone, among
/// candidates and in a scan.
package final class VectorReader: Sendable {
  package let path: String
  package let count: Int
  package let dimension: Int
  private let layout: RowLayout
  private let file: PositionalFile
  private let start: Int
  /// (dimension), or empty.
  private let scales: [Float]

  /// Candidates whose rows are no farther apart than this are read with what is between them.
  private static let gapBytes = 8 << 10
  /// Bytes of one read, and so of memory a thread.
  private static let readBytes = 256 << 10

  /// Opens the vectors in a shard's folder; `nil` if it has none. Throws `FileError`, `FormatError`.
  package static func open(_ folder: String) throws -> VectorReader? {
    for encoding in VectorEncoding.allCases where FileSystem.exists(folder + "/" + encoding.fileName) {
      return try VectorReader(path: folder + "/" + encoding.fileName)
    }
    return nil
  }

  package init(path: String) throws {
    self.path = path
    let envelope = try Envelope(path: path, kind: VectorWriter.kind, access: .positional)
    let summary = try envelope.verifiedSection(VectorFormat.summary)
    let fields = summary.count == 16 ? try summary.array(of: UInt32.self, at: 0, count: 4) : []
    guard fields.count == 4, let kind = RowKind(rawValue: Int32(bitPattern: fields[2])), fields[3] <= 2,
      fields[1] < 1 << 24
    else { throw FormatError.corrupt(path: path, detail: "its summary is not one") }
    count = Int(fields[0])
    dimension = Int(fields[1])
    layout = RowLayout(kind: kind, dimension: dimension, hasScale: fields[3] == 1)
    let rows = try envelope.location(of: VectorFormat.rows)
    guard rows.length == count * layout.stride else {
      throw FormatError.corrupt(path: path, detail: "its rows do not have the length that its summary tells")
    }
    start = rows.offset
    if fields[3] == 2 {
      let section = try envelope.verifiedSection(VectorFormat.scales)
      guard section.count == dimension * 4 else {
        throw FormatError.corrupt(path: path, detail: "it does not have a scale for each dimension")
      }
      scales = try section.floats(at: 0, count: dimension)
    } else {
      scales = []
    }
    file = try PositionalFile(path)
  }

  /// Bytes of a vector on the disk.
  package var rowBytes: Int { layout.stride }

  /// Queries as rows are multiplied with: scales that belong to dimensions go into them.
  private func prepared(_ queries: [Float]) -> [Float] {
    if scales.isEmpty { return queries }
    return queries.indices.map { queries[$0] * scales[$0 % dimension] }
  }

  private func check(_ queries: [Float], _ queryCount: Int) throws {
    guard queries.count == queryCount * dimension else {
      throw VectorError(
        path: path,
        detail: "its vectors have \(dimension) dimensions, the query's \(queries.count / max(queryCount, 1))")
    }
  }

  /// The vector of a document, as it is scored.
  package func vector(of document: Int) throws -> [Float] {
    guard (0..<count).contains(document) else {
      throw FormatError.corrupt(path: path, detail: "it has no document \(document)")
    }
    let row = try file.readExactly(at: start + document * layout.stride, count: layout.stride)
    guard var vector = VectorKernels.vector(row, layout: layout) else { throw damaged(document) }
    if !scales.isEmpty { for index in vector.indices { vector[index] *= scales[index] } }
    return vector
  }

  private func damaged(_ document: Int) -> FormatError {
    .corrupt(path: path, detail: "the checksum of the vector of document \(document) is wrong")
  }

  /// Scores of some documents: (documents). They must ascend; rows that lie near each other are read together, and
  /// `threads` read at once.
  package func scores(of documents: [UInt32], query: [Float], threads: Int = 1) throws -> [Float] {
    try check(query, 1)
    let query = prepared(query)
    let groups = groups(of: documents)
    let scores = try Parallel.map(groups.count, threads: threads) { group in
      try self.scores(of: documents[groups[group]], query)
    }
    return scores.flatMap { $0 }
  }

  /// Documents that are read at once, by their places in the list.
  private func groups(of documents: [UInt32]) -> [Range<Int>] {
    var groups: [Range<Int>] = []
    var first = 0
    for index in documents.indices where index > 0 {
      precondition(documents[index] > documents[index - 1], "candidates ascend")
      let gap = Int(documents[index] - documents[index - 1]) * layout.stride
      let length = Int(documents[index] - documents[first] + 1) * layout.stride
      if gap > Self.gapBytes || length > Self.readBytes {
        groups.append(first..<index)
        first = index
      }
    }
    if first < documents.count { groups.append(first..<documents.count) }
    return groups
  }

  private func scores(of documents: ArraySlice<UInt32>, _ query: [Float]) throws -> [Float] {
    guard let first = documents.first, let last = documents.last, Int(last) < count else {
      throw FormatError.corrupt(
        path: path, detail: "it has \(count) documents, document \(documents.last ?? 0) is asked")
    }
    let stride = layout.stride
    let bytes = try file.readExactly(
      at: start + Int(first) * stride, count: Int(last - first + 1) * stride)
    var scores: [Float] = []
    var score: [Float] = [0]
    for document in documents {
      let bad = VectorKernels.score(
        bytes, at: Int(document - first) * stride, count: 1, layout: layout, queries: query, queryCount: 1, into: &score
      )
      if bad != nil { throw damaged(Int(document)) }
      scores.append(score[0])
    }
    return scores
  }

  /// How many pieces a scan has.
  package var scanPieces: Int { (count + scanRows - 1) / scanRows }
  private var scanRows: Int { max(1, Self.readBytes / layout.stride) }

  /// Prepares `queryCount` queries (queries, dimension) for `scan`. Throws `VectorError` for another dimension.
  package func scanQueries(_ queries: [Float], count queryCount: Int) throws -> ScanQueries {
    try check(queries, queryCount)
    return ScanQueries(values: prepared(queries), count: queryCount)
  }

  package struct ScanQueries: Sendable {
    fileprivate let values: [Float]
    package let count: Int
  }

  /// Scores of the documents of piece `piece`: the first document, and (documents, queries).
  package func scan(_ piece: Int, _ queries: ScanQueries) throws -> (first: Int, scores: [Float]) {
    let first = piece * scanRows
    let rows = min(scanRows, count - first)
    let bytes = try file.readExactly(at: start + first * layout.stride, count: rows * layout.stride)
    var scores = [Float](repeating: 0, count: rows * queries.count)
    let bad = VectorKernels.score(
      bytes, at: 0, count: rows, layout: layout, queries: queries.values, queryCount: queries.count, into: &scores)
    if let bad { throw damaged(first + bad) }
    return (first, scores)
  }
}
