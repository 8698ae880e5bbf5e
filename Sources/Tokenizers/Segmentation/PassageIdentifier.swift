/// Names of passages: `docid#k`, k counting a document's windows from 0. Bytes, as all ids.
///
/// The inverse lets a search rank documents by their best passage. It is right for every id that `of` made, whatever is
/// in the document's id (`a#7`, window 0, is `a#7#0`); do not apply it to ids of texts that were not cut.
package enum PassageIdentifier {
  private static let sign = UInt8(ascii: "#")

  /// `docid#k`.
  package static func of(document: [UInt8], window: Int) -> [UInt8] {
    document + [sign] + Array(String(window).utf8)
  }

  /// The document's id and the window; `nil` if `passage` does not end in `#` and a decimal number as `of` writes it.
  package static func parse(_ passage: [UInt8]) -> (document: [UInt8], window: Int)? {
    guard let border = passage.lastIndex(of: sign) else { return nil }
    let digits = passage[(border + 1)...]
    guard let first = digits.first, digits.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }),
      digits.count == 1 || first != UInt8(ascii: "0"), let window = Int(String(decoding: digits, as: UTF8.self))
    else { return nil }
    return (Array(passage[..<border]), window)
  }

  /// The document's id: `passage` up to its last `#` and number, or all of it if it does not end so.
  package static func document(of passage: [UInt8]) -> [UInt8] {
    parse(passage)?.document ?? passage
  }
}
