/// JSON piece by piece into a buffer.
enum JSONText {
  private static let digits = Array("0123456789abcdef".utf8)

  /// A string with its quotes.
  /// - Precondition: `string` is UTF-8.
  static func append(_ string: some Collection<UInt8>, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    for byte in string {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
      case UInt8(ascii: "\n"): bytes += "\\n".utf8
      case UInt8(ascii: "\r"): bytes += "\\r".utf8
      case UInt8(ascii: "\t"): bytes += "\\t".utf8
      case 0..<0x20: bytes += "\\u00".utf8 + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  /// A finite number: whole ones without a point, others with the fewest digits that give the same `Float` again.
  static func append(_ number: Float, to bytes: inout [UInt8]) {
    if let whole = Int32(exactly: number) { bytes += "\(whole)".utf8 } else { bytes += "\(number)".utf8 }
  }

  /// `{"term":weight,...}` of a row.
  static func append(_ row: ForwardRows.Row, terms: [[UInt8]], to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "{"))
    for (index, (term, impact)) in zip(row.terms, row.impacts).enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      bytes += terms[Int(term)]
      bytes.append(UInt8(ascii: ":"))
      append(impact, to: &bytes)
    }
    bytes.append(UInt8(ascii: "}"))
  }

  /// The terms of a plan as JSON strings.
  static func quoted(_ plan: SparsePlan) -> [[UInt8]] {
    plan.terms.map { term in
      var bytes: [UInt8] = []
      append(term, to: &bytes)
      return bytes
    }
  }
}
