/// A JSON document whose strings are bytes: Swift's `String` keys would merge vocabulary entries that are canonically
/// equivalent. The order of keys, and keys that repeat, are kept.
package enum JSONDocument: Equatable, Sendable {
  package struct Member: Equatable, Sendable {
    package var key: [UInt8]
    package var value: JSONDocument
  }

  case null
  case bool(Bool)
  case number(Double)
  case string([UInt8])
  case array([JSONDocument])
  case object([Member])

  /// - Throws: `JSONError` at the first byte that is not JSON (RFC 8259), or nests deeper than 64.
  package init(parsing bytes: [UInt8]) throws {
    var parser = JSONDocumentParser(bytes)
    self = try parser.document()
  }

  /// The last member with this key, as most parsers take it; `nil` for `null`, no such member, or not an object.
  package subscript(key: String) -> JSONDocument? {
    guard case .object(let members) = self else { return nil }
    let value = members.last { $0.key.elementsEqual(key.utf8) }?.value
    return value == .null ? nil : value
  }

  package var string: [UInt8]? { if case .string(let value) = self { value } else { nil } }
  package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  package var array: [JSONDocument]? { if case .array(let value) = self { value } else { nil } }
  package var object: [Member]? { if case .object(let value) = self { value } else { nil } }
  /// A number that is an `Int32`, as ids are.
  package var integer: Int32? { if case .number(let value) = self { Int32(exactly: value) } else { nil } }
  /// A string for a message or a comparison with ASCII.
  package var text: String? { string.map { String(decoding: $0, as: UTF8.self) } }
}

/// What is wrong with a JSON document, and where (both from 1, the column in bytes).
package struct JSONError: Error, Equatable {
  package var line: Int
  package var column: Int
  package var reason: String

  package init(line: Int, column: Int, reason: String) {
    self.line = line
    self.column = column
    self.reason = reason
  }
}

/// Recursive descent over the bytes of one document.
private struct JSONDocumentParser {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  mutating func document() throws -> JSONDocument {
    let value = try value(depth: 0)
    skipSpace()
    guard position == bytes.count else { throw error("something follows the document") }
    return value
  }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private func error(_ reason: String) -> JSONError {
    let before = bytes[..<min(position, bytes.count)]
    let newline = UInt8(ascii: "\n")
    let line = 1 + before.count { $0 == newline }
    let column = before.count - (before.lastIndex(of: newline).map { $0 + 1 } ?? 0) + 1
    return JSONError(line: line, column: column, reason: reason)
  }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard next == byte else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ byte: UInt8) throws {
    guard take(byte) else { throw error("`\(Character(Unicode.Scalar(byte)))` expected") }
  }

  private mutating func value(depth: Int) throws -> JSONDocument {
    guard depth < 64 else { throw error("nested deeper than 64") }
    skipSpace()
    switch next {
    case UInt8(ascii: "{"): return .object(try members(depth: depth))
    case UInt8(ascii: "["): return .array(try elements(depth: depth))
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func word(_ word: String, _ value: JSONDocument) throws -> JSONDocument {
    for byte in word.utf8 { try expect(byte) }
    return value
  }

  private mutating func number() throws -> JSONDocument {
    let start = position
    while let byte = next, "+-.0123456789Ee".utf8.contains(byte) { position += 1 }
    guard position > start, let value = Double(String(decoding: bytes[start..<position], as: UTF8.self)) else {
      position = start
      throw error("a value expected")
    }
    return .number(value)
  }

  private mutating func elements(depth: Int) throws -> [JSONDocument] {
    try expect(UInt8(ascii: "["))
    skipSpace()
    var elements: [JSONDocument] = []
    if take(UInt8(ascii: "]")) { return elements }
    while true {
      elements.append(try value(depth: depth + 1))
      skipSpace()
      if take(UInt8(ascii: "]")) { return elements }
      try expect(UInt8(ascii: ","))
    }
  }

  private mutating func members(depth: Int) throws -> [JSONDocument.Member] {
    try expect(UInt8(ascii: "{"))
    skipSpace()
    var members: [JSONDocument.Member] = []
    if take(UInt8(ascii: "}")) { return members }
    while true {
      skipSpace()
      let key = try string()
      skipSpace()
      try expect(UInt8(ascii: ":"))
      members.append(JSONDocument.Member(key: key, value: try value(depth: depth + 1)))
      skipSpace()
      if take(UInt8(ascii: "}")) { return members }
      try expect(UInt8(ascii: ","))
    }
  }

  private mutating func string() throws -> [UInt8] {
    try expect(UInt8(ascii: "\""))
    var result: [UInt8] = []
    while let byte = next {
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return result
      case UInt8(ascii: "\\"): result += String(try escape()).utf8
      case 0..<0x20: throw error("a control character stands in a string")
      default: result.append(byte)
      }
    }
    throw error("a string does not end")
  }

  private mutating func escape() throws -> Unicode.Scalar {
    guard let byte = next else { throw error("a string does not end") }
    position += 1
    switch byte {
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "u"): return try unicodeEscape()
    default: throw error("unknown escape")
    }
  }

  private mutating func unicodeEscape() throws -> Unicode.Scalar {
    let first = try fourDigits()
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard first < 0xDC00, take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else { throw error("a lone surrogate") }
    let second = try fourDigits()
    guard second & 0xFC00 == 0xDC00 else { throw error("a lone surrogate") }
    return Unicode.Scalar(0x10000 + (first & 0x3FF) << 10 + second & 0x3FF)!
  }

  private mutating func fourDigits() throws -> UInt32 {
    guard position + 4 <= bytes.count else { throw error("four hexadecimal digits expected") }
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue else {
        throw error("four hexadecimal digits expected")
      }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }
}
