internal import Codecs
internal import Kernels

/// The inverse of a permutation that is too large for memory.
enum RankTable {
  /// Appends `rank[document]` (u32) for the `count` documents, where `order` holds `document[rank]` (u32) for each rank.
  /// Reads `order` once for each window of documents that fits into `memory` bytes.
  static func append(inverseOf order: Spill, count: Int, memory: Int, to writer: EnvelopeWriter) throws {
    // A window is held as numbers and as bytes.
    let window = max(memory / 8, 1024)
    var start = 0
    while start < count {
      let ranks = try ranks(of: start..<min(start + window, count), in: order)
      var bytes: [UInt8] = []
      bytes.reserveCapacity(ranks.count * 4)
      bytes.appendLittleEndian(contentsOf: ranks)
      try writer.append(bytes)
      start += window
    }
  }

  private static func ranks(of documents: Range<Int>, in order: Spill) throws -> [UInt32] {
    var ranks = [UInt32](repeating: 0, count: documents.count)
    var rank: UInt32 = 0
    try order.forEachPiece(of: 1 << 16) { piece in
      for document in try ByteView(piece).array(of: UInt32.self, at: 0, count: piece.count / 4) {
        if documents.contains(Int(document)) { ranks[Int(document) - documents.lowerBound] = rank }
        rank &+= 1
      }
    }
    return ranks
  }
}
