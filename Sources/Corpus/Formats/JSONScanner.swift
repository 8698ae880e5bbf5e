internal import Kernels

/// Walks over one JSON value (RFC 8259) in valid UTF-8 without building a tree: strings are found, not copied.
///
/// Own code, because Foundation's decoder builds every value and is many times slower on the one job there is here: to
/// take a few string members out of an object. The whole value is still checked against the grammar. Beyond the grammar
/// `NaN`, `Infinity` and `-Infinity` are values, since Python's `json.dump` writes them.
struct JSONScanner {
  /// What is wrong, and where.
  struct Fault: Error, Equatable {
    let detail: String
    /// In the array that is scanned.
    let index: Int
  }

  /// A string as it stands between its quotes.
  struct StringToken: Equatable {
    let range: Range<Int>
    let hasEscapes: Bool
  }

  /// A value, of which only strings and numbers keep their place.
  enum Value: Equatable {
    case string(StringToken)
    case number(Range<Int>)
    case null
    case other
  }

  /// The deepest nesting that is read.
  static let depthLimit = 512

  let bytes: [UInt8]
  let end: Int
  private(set) var index: Int

  init(_ bytes: [UInt8], _ range: Range<Int>) {
    self.bytes = bytes
    index = range.lowerBound
    end = range.upperBound
  }

  /// The next byte that is not white space, without taking it; 0 at the end.
  mutating func peek() -> UInt8 {
    while index < end {
      let byte = bytes[index]
      if byte != 0x20 && byte != 0x0A && byte != 0x0D && byte != 0x09 { return byte }
      index += 1
    }
    return 0
  }

  /// Reads an object and hands over each member; then nothing but white space may follow.
  mutating func topLevelObject(_ member: (StringToken, Value) throws(Fault) -> Void) throws(Fault) {
    guard peek() == UInt8(ascii: "{") else {
      throw fault(peek() == UInt8(ascii: "[") ? "an array; one object a line is expected" : "not an object")
    }
    index += 1
    if peek() == UInt8(ascii: "}") {
      index += 1
    } else {
      repeat {
        let key = try self.key()
        try member(key, try value())
      } while try continues(until: UInt8(ascii: "}"))
    }
    if peek() != 0 || index < end { throw fault("text after the object's end") }
  }

  /// `"key":`
  private mutating func key() throws(Fault) -> StringToken {
    guard peek() == UInt8(ascii: "\"") else { throw fault("a key in double quotes is expected") }
    let key = try string()
    guard peek() == UInt8(ascii: ":") else { throw fault("a colon is expected after a key") }
    index += 1
    return key
  }

  /// A comma (true) or the container's end (false).
  private mutating func continues(until close: UInt8) throws(Fault) -> Bool {
    let byte = peek()
    guard byte == UInt8(ascii: ",") || byte == close else {
      throw fault("a comma or `\(Character(Unicode.Scalar(close)))` is expected")
    }
    index += 1
    return byte != close
  }

  private mutating func value() throws(Fault) -> Value {
    switch peek() {
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      try skipContainer()
      return .other
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    case UInt8(ascii: "n"):
      try word("null")
      return .null
    case UInt8(ascii: "t"): try word("true")
    case UInt8(ascii: "f"): try word("false")
    case UInt8(ascii: "N"): try word("NaN")
    case UInt8(ascii: "I"): try word("Infinity")
    default: throw fault(index < end ? "a value is expected" : "the object does not end")
    }
    return .other
  }

  /// Reads an object or array of any content, with a stack of its own instead of recursion.
  private mutating func skipContainer() throws(Fault) {
    var closes: [UInt8] = []
    repeat {
      // At a value's place.
      let byte = peek()
      if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") {
        guard closes.count < Self.depthLimit else { throw fault("nested deeper than \(Self.depthLimit)") }
        // ASCII puts each closing bracket two after its opening one.
        closes.append(byte + 2)
        index += 1
        if peek() != byte + 2 {
          if byte == UInt8(ascii: "{") { _ = try key() }
          continue
        }
        index += 1
        closes.removeLast()
      } else {
        _ = try value()
      }
      try leaveContainers(&closes)
    } while !closes.isEmpty
  }

  /// After a value: closes what ends here, then stands before the next value.
  private mutating func leaveContainers(_ closes: inout [UInt8]) throws(Fault) {
    while let close = closes.last {
      if try continues(until: close) {
        if close == UInt8(ascii: "}") { _ = try key() }
        return
      }
      closes.removeLast()
    }
  }

  private mutating func string() throws(Fault) -> StringToken {
    let start = index + 1
    index = start
    var hasEscapes = false
    while true {
      guard let stop = ByteScan.firstJSONStop(in: bytes, index..<end) else {
        index = end
        throw fault("a string does not end")
      }
      index = stop + 1
      switch bytes[stop] {
      case UInt8(ascii: "\""): return StringToken(range: start..<stop, hasEscapes: hasEscapes)
      case UInt8(ascii: "\\"):
        hasEscapes = true
        try skipEscape()
      default:
        index = stop
        throw fault("a control character (0x\(String(bytes[stop], radix: 16))) inside a string must be escaped")
      }
    }
  }

  /// After a backslash.
  private mutating func skipEscape() throws(Fault) {
    guard index < end else { throw fault("a string does not end") }
    switch bytes[index] {
    case UInt8(ascii: "u"):
      guard index + 5 <= end, JSONEscape.unit(bytes, index + 1) != nil else {
        throw fault("four hexadecimal digits are expected after \\u")
      }
      index += 5
    case let letter where JSONEscape.simple(letter) != nil: index += 1
    default: throw fault("no such escape")
    }
  }

  /// RFC 8259: `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`
  private mutating func number() throws(Fault) -> Value {
    let start = index
    take("-")
    if index < end && bytes[index] == UInt8(ascii: "I") {
      try word("Infinity")
      return .other
    }
    if !take("0") { try digits() }
    if take(".") { try digits() }
    if take("e") || take("E") {
      if !take("+") { take("-") }
      try digits()
    }
    return .number(start..<index)
  }

  @discardableResult
  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard index < end, bytes[index] == UInt8(ascii: scalar) else { return false }
    index += 1
    return true
  }

  private mutating func digits() throws(Fault) {
    let start = index
    while index < end, bytes[index] >= UInt8(ascii: "0"), bytes[index] <= UInt8(ascii: "9") { index += 1 }
    if index == start { throw fault("a digit is expected") }
  }

  private mutating func word(_ word: StaticString) throws(Fault) {
    let count = word.utf8CodeUnitCount
    let text = word.description
    guard index + count <= end, bytes[index..<index + count].elementsEqual(text.utf8) else {
      throw fault("a value is expected")
    }
    index += count
  }

  private func fault(_ detail: String) -> Fault { Fault(detail: detail, index: index) }
}

/// The escapes of JSON strings.
enum JSONEscape {
  /// What the letter after a backslash stands for; `u` is not among them.
  static func simple(_ letter: UInt8) -> UInt8? {
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): letter
    case UInt8(ascii: "b"): 0x08
    case UInt8(ascii: "f"): 0x0C
    case UInt8(ascii: "n"): 0x0A
    case UInt8(ascii: "r"): 0x0D
    case UInt8(ascii: "t"): 0x09
    default: nil
    }
  }

  /// The four hexadecimal digits at `index`.
  static func unit(_ bytes: [UInt8], _ index: Int) -> UInt32? {
    var unit: UInt32 = 0
    for byte in bytes[index..<index + 4] {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
      unit = unit << 4 | UInt32(digit)
    }
    return unit
  }

  /// A string's bytes with its escapes, which a scanner has checked, replaced by what they stand for.
  ///
  /// - Returns: `loneSurrogates`: how many halves of a pair stand alone; each became U+FFFD.
  static func decoded(_ token: JSONScanner.StringToken, in bytes: [UInt8]) -> (bytes: [UInt8], loneSurrogates: Int) {
    guard token.hasEscapes else { return (Array(bytes[token.range]), 0) }
    var result: [UInt8] = []
    result.reserveCapacity(token.range.count)
    var lone = 0
    var index = token.range.lowerBound
    while let slash = ByteScan.first(UInt8(ascii: "\\"), in: bytes, index..<token.range.upperBound) {
      result += bytes[index..<slash]
      if let byte = simple(bytes[slash + 1]) {
        result.append(byte)
        index = slash + 2
      } else {
        let (scalar, length) = scalar(bytes, slash, token.range.upperBound)
        UTF8Text.append(scalar ?? 0xFFFD, to: &result)
        lone += scalar == nil ? 1 : 0
        index = slash + length
      }
    }
    result += bytes[index..<token.range.upperBound]
    return (result, lone)
  }

  /// The scalar of `\uXXXX` or of a surrogate pair at `slash`, and how many bytes it takes; `nil` for half a pair.
  private static func scalar(_ bytes: [UInt8], _ slash: Int, _ end: Int) -> (UInt32?, Int) {
    guard let first = unit(bytes, slash + 2) else { return (nil, 6) }
    guard (0xD800..<0xE000).contains(first) else { return (first, 6) }
    guard first < 0xDC00, slash + 12 <= end, bytes[slash + 6] == UInt8(ascii: "\\"),
      bytes[slash + 7] == UInt8(ascii: "u"), let second = unit(bytes, slash + 8), (0xDC00..<0xE000).contains(second)
    else { return (nil, 6) }
    return (0x10000 + (first - 0xD800) << 10 + (second - 0xDC00), 12)
  }
}
