/// Reads one JSON object with `id` and `vector` (RFC 8259, strictly; nesting up to 64). A reader of its own because a
/// vector is most of the line: no tree of values is built of it.
struct JSONVectorParser {
  struct Object {
    let id: [UInt8]
    let vector: Vector
  }

  enum Vector {
    case sparse([(term: [UInt8], weight: Float)])
    case dense([Float])
  }

  /// Why a line gives no vector.
  struct Fault: Error {
    let reason: String
    let detail: String
    var id: [UInt8] = []

    func rejection(_ row: Int, _ offset: Int) -> VectorBatch.RejectedRow {
      .init(row: row, offset: offset, id: String(decoding: id, as: UTF8.self), reason: reason, detail: detail)
    }
  }

  private static let depthLimit = 64
  private let bytes: [UInt8]
  private let start: Int
  private let end: Int
  private var index: Int

  /// `nil` for an empty line.
  static func parse(_ bytes: [UInt8], _ range: Range<Int>) throws(Fault) -> Object? {
    var parser = JSONVectorParser(bytes: bytes, start: range.lowerBound, end: range.upperBound, index: range.lowerBound)
    // A byte order mark.
    if range.count >= 3, bytes[range.lowerBound] == 0xEF, bytes[range.lowerBound + 1] == 0xBB,
      bytes[range.lowerBound + 2] == 0xBF
    {
      parser.index += 3
    }
    guard parser.next() != nil else { return nil }
    return try parser.object()
  }

  /// A vector alone: an object of weights or an array of numbers.
  static func vector(_ bytes: [UInt8]) throws(Fault) -> Vector {
    var parser = JSONVectorParser(bytes: bytes, start: 0, end: bytes.count, index: 0)
    let vector = try parser.vector()
    guard parser.next() == nil else { throw parser.malformed("more follows the vector") }
    return vector
  }

  private mutating func object() throws(Fault) -> Object {
    var ids: [[UInt8]?] = [nil, nil, nil]
    let names = ["id", "_id", "docid"].map { Array($0.utf8) }
    var vector: Vector?
    try expect("{")
    if !take("}") {
      repeat {
        let key = try string()
        try expect(":")
        if let place = names.firstIndex(of: key) {
          ids[place] = try self.id()
        } else if key == Array("vector".utf8) {
          vector = try self.vector()
        } else {
          try skip(depth: 1)
        }
      } while take(",")
      try expect("}")
    }
    guard next() == nil else { throw malformed("more follows the object") }
    guard let id = ids.compactMap({ $0 }).first else {
      throw Fault(reason: "missing-id", detail: "none of the keys `id`, `_id`, `docid`")
    }
    guard !id.isEmpty else { throw Fault(reason: "empty-id", detail: "the id is empty") }
    guard let vector else { throw Fault(reason: "missing-vector", detail: "no key `vector`", id: id) }
    return Object(id: id, vector: vector)
  }

  private func malformed(_ detail: String) -> Fault {
    Fault(reason: "malformed-json", detail: "byte \(index - start + 1) of the line: \(detail)")
  }

  /// The next byte that is no white space, left where it is.
  private mutating func next() -> UInt8? {
    while index < end, [0x20, 0x09, 0x0D].contains(bytes[index]) { index += 1 }
    return index < end ? bytes[index] : nil
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard next() == UInt8(ascii: character) else { return false }
    index += 1
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(Fault) {
    guard take(character) else { throw malformed("expected `\(character)`") }
  }

  private mutating func id() throws(Fault) -> [UInt8] {
    if next() == UInt8(ascii: "\"") { return try string() }
    let range = try numberRange()
    guard bytes[range].allSatisfy({ $0 == 0x2D || (0x30...0x39).contains($0) }) else {
      throw Fault(reason: "wrong-type", detail: "the id is neither a string nor a whole number")
    }
    return Array(bytes[range])
  }

  private mutating func vector() throws(Fault) -> Vector {
    if take("[") {
      var values: [Float] = []
      if take("]") { return .dense(values) }
      repeat { values.append(try number()) } while take(",")
      try expect("]")
      return .dense(values)
    }
    guard take("{") else { throw Fault(reason: "wrong-type", detail: "`vector` is neither an object nor an array") }
    var entries: [(term: [UInt8], weight: Float)] = []
    if take("}") { return .sparse(entries) }
    repeat {
      let term = try string()
      try expect(":")
      entries.append((term, try number()))
    } while take(",")
    try expect("}")
    return .sparse(entries)
  }

  private mutating func numberRange() throws(Fault) -> Range<Int> {
    _ = next()
    let first = index
    func digits(_ index: inout Int) -> Bool {
      let start = index
      while index < end, (0x30...0x39).contains(bytes[index]) { index += 1 }
      return index > start
    }
    func has(_ byte: UInt8) -> Bool { index < end && bytes[index] == byte }
    if has(0x2D) { index += 1 }
    if has(0x30) {
      index += 1
    } else if !digits(&index) {
      throw malformed("expected a number")
    }
    if has(0x2E) {
      index += 1
      guard digits(&index) else { throw malformed("a digit should follow the point") }
    }
    if has(0x65) || has(0x45) {
      index += 1
      if has(0x2B) || has(0x2D) { index += 1 }
      guard digits(&index) else { throw malformed("a digit should follow the exponent") }
    }
    return first..<index
  }

  private mutating func number() throws(Fault) -> Float {
    let range = try numberRange()
    // Rounds correctly, which a product of digits and a power of ten does not.
    guard let value = Float(String(decoding: bytes[range], as: UTF8.self)), value.isFinite else {
      throw Fault(reason: "not-finite", detail: "a weight is too large")
    }
    return value
  }

  /// A string with its escapes replaced. Throws for invalid UTF-8 and lone surrogates.
  private mutating func string() throws(Fault) -> [UInt8] {
    try expect("\"")
    var result: [UInt8] = []
    while true {
      guard index < end else { throw malformed("a string does not end") }
      let byte = bytes[index]
      index += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard String(validating: result, as: UTF8.self) != nil else {
          throw Fault(reason: "invalid-utf8", detail: "a string is not UTF-8")
        }
        return result
      case UInt8(ascii: "\\"): try escape(into: &result)
      case 0..<0x20: throw malformed("a control character in a string")
      default: result.append(byte)
      }
    }
  }

  private mutating func escape(into result: inout [UInt8]) throws(Fault) {
    guard index < end else { throw malformed("a string does not end") }
    let letter = bytes[index]
    index += 1
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): result.append(letter)
    case UInt8(ascii: "b"): result.append(0x08)
    case UInt8(ascii: "f"): result.append(0x0C)
    case UInt8(ascii: "n"): result.append(0x0A)
    case UInt8(ascii: "r"): result.append(0x0D)
    case UInt8(ascii: "t"): result.append(0x09)
    case UInt8(ascii: "u"):
      var value = try unit()
      if (0xD800..<0xDC00).contains(value), index + 1 < end, bytes[index] == 0x5C, bytes[index + 1] == 0x75 {
        index += 2
        let low = try unit()
        guard (0xDC00..<0xE000).contains(low) else { throw malformed("half a surrogate pair") }
        value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(value) else { throw malformed("half a surrogate pair") }
      result += Array(String(Character(scalar)).utf8)
    default: throw malformed("an unknown escape")
    }
  }

  private mutating func unit() throws(Fault) -> UInt32 {
    guard index + 4 <= end, let value = UInt32(String(decoding: bytes[index..<index + 4], as: UTF8.self), radix: 16),
      bytes[index] != 0x2B, bytes[index] != 0x2D
    else { throw malformed("four hexadecimal digits should follow") }
    index += 4
    return value
  }

  /// A value of any kind.
  private mutating func skip(depth: Int) throws(Fault) {
    guard depth < Self.depthLimit else { throw malformed("more than \(Self.depthLimit) levels") }
    switch next() {
    case UInt8(ascii: "\""): _ = try string()
    case UInt8(ascii: "{"):
      index += 1
      if take("}") { return }
      repeat {
        _ = try string()
        try expect(":")
        try skip(depth: depth + 1)
      } while take(",")
      try expect("}")
    case UInt8(ascii: "["):
      index += 1
      if take("]") { return }
      repeat { try skip(depth: depth + 1) } while take(",")
      try expect("]")
    case UInt8(ascii: "t"): try word("true")
    case UInt8(ascii: "f"): try word("false")
    case UInt8(ascii: "n"): try word("null")
    default: _ = try numberRange()
    }
  }

  private mutating func word(_ word: String) throws(Fault) {
    guard bytes[index..<end].starts(with: word.utf8) else { throw malformed("expected a value") }
    index += word.utf8.count
  }
}
