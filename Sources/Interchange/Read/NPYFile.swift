package import Codecs
internal import Kernels

/// NumPy's `.npy`, versions 1 to 3: two axes, C order, `<f2`, `<f4` or `<f8`. Python objects (`|O`) are refused: they would
/// be a pickle. See `NPYExport` for the layout.
package struct NPYFile: RowFile {
  package static let name = "npy"
  package static let summary = "a NumPy array, a row a vector; f2, f4 or f8"
  package static let isSparse = false

  private let rows: DenseRows
  private static let headerBytes = 1 << 16

  package init(path: String) throws {
    let file = try PositionalFile(path)
    func bad(_ detail: String) -> InterchangeError { InterchangeError(path: path, detail: detail) }
    let head = try file.read(at: 0, count: 12)
    guard head.count >= 10, head.starts(with: [0x93] + Array("NUMPY".utf8)) else { throw bad("it is no .npy file") }
    guard (1...3).contains(head[6]), head[7] == 0 else { throw bad("it has the unknown version \(head[6]).\(head[7])") }
    let lengthBytes = head[6] == 1 ? 2 : 4
    guard head.count >= 8 + lengthBytes else { throw bad("it ends in its header") }
    let length = (0..<lengthBytes).reduce(0) { $0 | Int(head[8 + $1]) << (8 * $1) }
    let start = 8 + lengthBytes + length
    guard length <= Self.headerBytes, start <= file.length else {
      throw bad("its header of \(length) bytes is too long or cut off")
    }
    let text = String(decoding: try file.readExactly(at: 8 + lengthBytes, count: length), as: UTF8.self)
    guard let header = NPYHeader(text) else { throw bad("its header cannot be read: \(text.prefix(120))") }
    guard !header.isFortranOrder else { throw bad("it is in Fortran order; numpy.ascontiguousarray makes it C order") }
    guard let element = Self.elements[header.type] else {
      throw bad(
        header.type.contains("O")
          ? "it holds Python objects, which are never read" : "its elements are `\(header.type)`, not <f2, <f4 or <f8")
    }
    guard header.shape.count == 2 else { throw bad("it has \(header.shape.count) axes instead of 2") }
    guard header.shape[0] <= Int(UInt32.max), header.shape[1] <= DenseRows.maxDimension else {
      throw bad("its shape \(header.shape) is impossible")
    }
    rows = DenseRows(
      file: file, start: start, rowCount: header.shape[0], dimension: header.shape[1], element: element)
    try rows.check()
  }

  private static let elements: [String: DenseRows.Element] = ["<f2": .float16, "<f4": .float32, "<f8": .float64]

  package var path: String { rows.file.path }
  package var rowCount: Int { rows.rowCount }
  package var byteCount: Int { rows.file.length }
  package func offset(of row: Int) -> Int { rows.start + row * rows.rowBytes }
  package func read(_ range: Range<Int>) throws -> [UInt8] { try rows.read(range) }
  package func decode(_ bytes: ArraySlice<UInt8>, rows count: Int, ids: ByteStrings) throws -> VectorBatch {
    try rows.decode(bytes, rows: count, ids: ids)
  }
}

/// The Python dictionary at the head of a `.npy`: three keys, with a text, a truth and a tuple of whole numbers.
struct NPYHeader {
  private(set) var type = ""
  private(set) var isFortranOrder = false
  private(set) var shape: [Int] = []

  /// `nil` for anything else than such a dictionary.
  init?(_ text: String) {
    var rest = Substring(text)
    guard Self.take("{", &rest) else { return nil }
    var found: Set<String> = []
    while !Self.take("}", &rest) {
      guard let key = Self.string(&rest), Self.take(":", &rest), found.insert(key).inserted,
        read(key, &rest)
      else { return nil }
      _ = Self.take(",", &rest)
    }
    guard found == ["descr", "fortran_order", "shape"], rest.allSatisfy(\.isWhitespace) else { return nil }
  }

  private mutating func read(_ key: String, _ rest: inout Substring) -> Bool {
    switch key {
    case "descr":
      // A list of fields would be a structured type.
      guard let type = Self.string(&rest) else { return false }
      self.type = type
    case "fortran_order":
      isFortranOrder = Self.take("True", &rest)
      return isFortranOrder || Self.take("False", &rest)
    case "shape":
      guard Self.take("(", &rest) else { return false }
      while !Self.take(")", &rest) {
        guard let number = Self.number(&rest), shape.count < 8 else { return false }
        shape.append(number)
        _ = Self.take(",", &rest)
      }
    default: return false
    }
    return true
  }

  private static func take(_ word: String, _ rest: inout Substring) -> Bool {
    rest = rest.drop(while: \.isWhitespace)
    guard rest.hasPrefix(word) else { return false }
    rest = rest.dropFirst(word.count)
    return true
  }

  private static func string(_ rest: inout Substring) -> String? {
    guard let quote = ["'", "\""].first(where: { take($0, &rest) }), let end = rest.firstIndex(of: Character(quote))
    else { return nil }
    defer { rest = rest[rest.index(after: end)...] }
    return String(rest[..<end])
  }

  private static func number(_ rest: inout Substring) -> Int? {
    rest = rest.drop(while: \.isWhitespace)
    let digits = rest.prefix { $0.isASCII && $0.isNumber }
    rest = rest.dropFirst(digits.count)
    return Int(digits)
  }
}
