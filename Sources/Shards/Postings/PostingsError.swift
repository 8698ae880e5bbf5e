package import Kernels

/// Postings that cannot be indexed. Each is a defect of what produced them, or a limit of the format.
package enum PostingsError: ExitCoded, CustomStringConvertible {
  /// Twice the same term in one document, or documents that do not ascend.
  case documentOrder(term: [UInt8], document: UInt32, previous: UInt32)
  case documentOutOfRange(term: [UInt8], document: UInt32, documentCount: Int)
  /// Not finite, or not an integer of 1...65535 in an index of integers.
  case impact(term: [UInt8], document: UInt32, impact: Float)
  /// Terms that do not ascend as bytes.
  case termOrder(term: [UInt8], previous: [UInt8])
  case limit(String)
  /// Arrays of a chunk that do not fit together.
  case shape(String)

  /// What is wrong with a posting that follows document `previous` (2^32 - 1: nothing) of its term.
  static func unfit(
    term: [UInt8], document: UInt32, impact: Float, previous: UInt32, documentCount: Int
  ) -> PostingsError {
    if document < previous &+ 1 { return .documentOrder(term: term, document: document, previous: previous) }
    if Int(document) >= documentCount {
      return .documentOutOfRange(term: term, document: document, documentCount: documentCount)
    }
    return .impact(term: term, document: document, impact: impact)
  }

  package var exitCode: ExitCode { .badData }

  package var description: String {
    switch self {
    case .documentOrder(let term, let document, let previous):
      "term `\(Self.text(term))`: document \(document) follows document \(previous); "
        + "each document must have a term once and documents must ascend"
    case .documentOutOfRange(let term, let document, let documentCount):
      "term `\(Self.text(term))`: document \(document) is not below the number of documents, \(documentCount)"
    case .impact(let term, let document, let impact):
      "term `\(Self.text(term))`, document \(document): impact \(impact) is neither a finite float "
        + "nor, in an index of integers, in 1...65535; check the encoder or the quantizer"
    case .termOrder(let term, let previous):
      "term `\(Self.text(term))` does not follow term `\(Self.text(previous))` in byte order"
    case .limit(let text), .shape(let text): text
    }
  }

  /// For people: damaged UTF-8 is replaced.
  private static func text(_ term: [UInt8]) -> String { String(decoding: term.prefix(200), as: UTF8.self) }
}
