internal import Kernels

/// Postings of one term on their way into a run: checked, and turned into what is written.
struct RunPiece {
  private let kind: ImpactKind
  private let documentCount: Int
  /// (piecePostings): the first `count` are valid.
  private var gaps = [UInt32](repeating: 0, count: RunWriter.piecePostings)
  /// (piecePostings): integers less one, or the bits of floats.
  private var codes = [UInt32](repeating: 0, count: RunWriter.piecePostings)
  private(set) var count = 0
  /// The last document of the term; 2^32 - 1 where there is none.
  private var last = UInt32.max
  /// An earlier piece has postings of the same term.
  private(set) var isContinued = false

  init(kind: ImpactKind, documentCount: Int) {
    self.kind = kind
    self.documentCount = documentCount
  }

  mutating func beginTerm() {
    count = 0
    last = UInt32.max
    isContinued = false
  }

  /// The term has postings.
  var hasBegun: Bool { last != UInt32.max }
  var isFull: Bool { count == RunWriter.piecePostings }

  /// Appends elements from `start` until the piece is full; returns where it stopped. Throws `PostingsError`.
  mutating func append(
    _ documents: [UInt32], _ impacts: [Float], from start: Int, to end: Int, term: [UInt8]
  ) throws -> Int {
    let stop = min(end, start + RunWriter.piecePostings - count)
    for index in start..<stop {
      let document = documents[index]
      let impact = impacts[index]
      // Modulo 2^32, so that any document may begin a term.
      guard document >= last &+ 1, Int(document) < documentCount, kind.allows(impact) else {
        throw PostingsError.unfit(
          term: term, document: document, impact: impact, previous: last, documentCount: documentCount)
      }
      gaps[count] = document &- last
      codes[count] = kind == .integers ? UInt32(impact) - 1 : impact.bitPattern
      last = document
      count += 1
    }
    return stop
  }

  /// Appends count, gaps and impacts to `output`, and empties the piece.
  mutating func flush(into output: inout [UInt8]) {
    VarintList.append(UInt64(count), to: &output)
    VarintList.append(gaps, in: 0..<count, to: &output)
    switch kind {
    case .integers: VarintList.append(codes, in: 0..<count, to: &output)
    case .floats: PostingKernels.appendWords(codes, in: 0..<count, to: &output)
    }
    count = 0
    isContinued = true
  }
}
