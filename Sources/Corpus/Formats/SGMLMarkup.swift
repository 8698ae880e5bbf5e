internal import Kernels

/// Cuts loose SGML into tags and the text between them. Comments and declarations are dropped.
struct SGMLMarkup {
  /// A run of text, or a tag by its name in lower case.
  enum Piece: Equatable {
    case text(Range<Int>)
    case start([UInt8], attributes: Range<Int>)
    case end([UInt8])
  }

  private let bytes: [UInt8]
  private let end: Int
  private var index: Int
  /// The tag behind the text that was handed out last.
  private var waiting: Piece?

  init(_ bytes: [UInt8], _ range: Range<Int>) {
    self.bytes = bytes
    index = range.lowerBound
    end = range.upperBound
  }

  mutating func next() -> Piece? {
    if let piece = waiting {
      waiting = nil
      return piece
    }
    var search = index
    while let hit = ByteScan.first(UInt8(ascii: "<"), in: bytes, search..<end) {
      if let (piece, after) = markup(at: hit) {
        let text = index..<hit
        index = after
        guard !text.isEmpty else {
          if let piece { return piece }
          search = index
          continue
        }
        waiting = piece
        return .text(text)
      }
      search = hit + 1
    }
    defer { index = end }
    return index < end ? .text(index..<end) : nil
  }

  /// What stands at a `<` and where it ends; the piece is `nil` for a comment, everything for plain text.
  private func markup(at start: Int) -> (Piece?, Int)? {
    guard start + 1 < end else { return nil }
    switch bytes[start + 1] {
    case UInt8(ascii: "!"): return declaration(at: start)
    case UInt8(ascii: "?"): return closing(from: start + 2).map { (nil, $0 + 1) }
    case UInt8(ascii: "/"): return tag(from: start + 2).map { (.end($0.name), $0.after) }
    default: return tag(from: start + 1).map { (.start($0.name, attributes: $0.attributes), $0.after) }
    }
  }

  /// `<!-- ... -->`, or `<!WORD ... >`.
  private func declaration(at start: Int) -> (Piece?, Int)? {
    guard bytes[start..<end].starts(with: "<!--".utf8) else {
      guard start + 2 < end, Self.isLetter(bytes[start + 2]) else { return nil }
      return closing(from: start + 2).map { (nil, $0 + 1) }
    }
    var search = start + 4
    while let hit = ByteScan.first(UInt8(ascii: ">"), in: bytes, search..<end) {
      if hit >= start + 6, bytes[hit - 1] == UInt8(ascii: "-"), bytes[hit - 2] == UInt8(ascii: "-") {
        return (nil, hit + 1)
      }
      search = hit + 1
    }
    return nil
  }

  private func tag(from start: Int) -> (name: [UInt8], attributes: Range<Int>, after: Int)? {
    var nameEnd = start
    while nameEnd < end, Self.isNameByte(bytes[nameEnd]) { nameEnd += 1 }
    guard nameEnd > start, Self.isLetter(bytes[start]), let close = closing(from: nameEnd) else { return nil }
    let boundary = bytes[nameEnd]
    guard nameEnd == close || boundary == UInt8(ascii: "/") || PythonSpace.isASCIISpace(boundary) else { return nil }
    return (bytes[start..<nameEnd].map(Self.lowercased), nameEnd..<close, close + 1)
  }

  /// The next `>`, if no `<` comes before it.
  private func closing(from start: Int) -> Int? {
    guard let close = ByteScan.first(UInt8(ascii: ">"), in: bytes, start..<end),
      ByteScan.first(UInt8(ascii: "<"), in: bytes, start..<close) == nil
    else { return nil }
    return close
  }

  /// The value of an attribute, with or without quotes, white space at both ends removed; empty if it is not there.
  static func attribute(_ name: String, in bytes: [UInt8], _ range: Range<Int>) -> [UInt8] {
    var rest = bytes[range]
    while true {
      rest = rest.drop { PythonSpace.isASCIISpace($0) || $0 == UInt8(ascii: "/") }
      let key = rest.prefix { !PythonSpace.isASCIISpace($0) && $0 != UInt8(ascii: "=") }
      rest = rest.dropFirst(key.count).drop(while: PythonSpace.isASCIISpace)
      guard rest.first == UInt8(ascii: "=") else {
        if key.isEmpty { return [] }
        continue
      }
      let value = value(&rest)
      if key.map(lowercased).elementsEqual(name.utf8) { return PythonSpace.strip(Array(value)) }
    }
  }

  /// Takes `= value` from the front.
  private static func value(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    rest = rest.dropFirst().drop(while: PythonSpace.isASCIISpace)
    guard let quote = rest.first, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else {
      let value = rest.prefix { !PythonSpace.isASCIISpace($0) }
      rest = rest.dropFirst(value.count)
      return value
    }
    let value = rest.dropFirst().prefix { $0 != quote }
    rest = rest.dropFirst(value.count + 2)
    return value
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (0x61...0x7A).contains(byte | 0x20)
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    isLetter(byte) || (0x30...0x39).contains(byte) || byte == 0x2D || byte == 0x2E || byte == 0x5F || byte == 0x3A
  }

  private static func lowercased(_ byte: UInt8) -> UInt8 {
    (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
  }
}
