internal import Kernels

/// Postings of one term on their way into a run: checked, and kept until a piece is full.
struct RunPiece {
  private let kind: ImpactKind
  private let documentCount: Int
  /// (piecePostings): the first `count` are valid.
  private var documents = [UInt32](repeating: 0, count: RunWriter.piecePostings)
  /// As `documents`.
  private var impacts = [Float](repeating: 0, count: RunWriter.piecePostings)
  private(set) var count = 0
  /// The last document of the term's earlier pieces, and of all its postings; 2^32 - 1 where there is none.
  private var base = UInt32.max
  private var last = UInt32.max

  init(kind: ImpactKind, documentCount: Int) {
    self.kind = kind
    self.documentCount = documentCount
  }

  mutating func beginTerm() {
    count = 0
    base = UInt32.max
    last = UInt32.max
  }

  /// The term has postings.
  var hasBegun: Bool { last != UInt32.max }
  /// An earlier piece has postings of the same term.
  var isContinued: Bool { base != UInt32.max }
  var isFull: Bool { count == RunWriter.piecePostings }

  /// Appends elements from `start` until the piece is full; returns where it stopped. Throws `PostingsError`.
  mutating func append(
    _ documents: [UInt32], _ impacts: [Float], from start: Int, to end: Int, term: [UInt8]
  ) throws -> Int {
    let range = start..<min(end, start + RunWriter.piecePostings - count)
    if range.isEmpty { return start }
    if let unfit = PostingCoding.firstUnfit(
      documents, impacts, in: range, after: last, total: documentCount, isWhole: kind == .integers)
    {
      throw PostingsError.unfit(
        term: term, document: documents[unfit], impact: impacts[unfit],
        previous: unfit == start ? last : documents[unfit - 1], documentCount: documentCount)
    }
    PostingCoding.copy(documents, impacts, in: range, to: count, of: &self.documents, &self.impacts)
    count += range.count
    last = documents[range.upperBound - 1]
    return range.upperBound
  }

  /// Appends count, gaps and impacts to `output`, and empties the piece.
  mutating func flush(into output: inout [UInt8]) {
    VarintList.append(UInt64(count), to: &output)
    PostingCoding.appendGaps(documents, in: 0..<count, after: base, to: &output)
    PostingCoding.appendImpacts(impacts, in: 0..<count, isWhole: kind == .integers, to: &output)
    count = 0
    base = last
  }
}
