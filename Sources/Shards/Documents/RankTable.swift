internal import Codecs
internal import Kernels

/// The inverse of a permutation that is too large for memory.
enum RankTable {
  /// Appends `rank[document]` (u32) for the `count` documents, where `order` holds `document[rank]` (u32) for each
  /// rank. Reads `order` once for each window of documents that fits into half of `memory` bytes.
  static func append(inverseOf order: Spill, count: Int, memory: Int, to writer: EnvelopeWriter) throws {
    let window = max(memory / 8, 1024)
    for start in stride(from: 0, to: count, by: window) {
      let ranks = try ranks(of: start..<min(start + window, count), in: order)
      for first in stride(from: 0, to: ranks.count, by: 1 << 14) {
        var bytes: [UInt8] = []
        bytes.appendLittleEndian(contentsOf: Array(ranks[first..<min(first + 1 << 14, ranks.count)]))
        try writer.append(bytes)
      }
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
