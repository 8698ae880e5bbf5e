internal import Kernels

/// The entities of TREC's files: XML's five, HTML 4's Latin-1 letters and signs, usual typography, and numbers.
///
/// Names are case-sensitive and end in a semicolon. TREC's own `&hyph;` and `&blank;` are a hyphen and a space.
/// An entity that is not here, or a number that is no Unicode scalar, stays as it stands.
enum SGMLEntities {
  /// Longest `&name;` that is looked for, in bytes.
  private static let longest = 12

  /// Appends `bytes[range]` with its entities replaced; returns how many were unknown.
  static func append(_ bytes: [UInt8], _ range: Range<Int>, to result: inout [UInt8]) -> Int {
    var unknown = 0
    var index = range.lowerBound
    while let hit = ByteScan.first(UInt8(ascii: "&"), in: bytes, index..<range.upperBound) {
      result += bytes[index..<hit]
      index = hit + 1
      guard let name = name(bytes, hit + 1..<range.upperBound) else {
        result.append(UInt8(ascii: "&"))
        continue
      }
      if let value = value(name) {
        result += value
        index = name.endIndex + 1
      } else {
        result.append(UInt8(ascii: "&"))
        unknown += 1
      }
    }
    result += bytes[index..<range.upperBound]
    return unknown
  }

  /// The letters, digits and number sign up to a semicolon; `nil` if it is not there soon.
  private static func name(_ bytes: [UInt8], _ range: Range<Int>) -> ArraySlice<UInt8>? {
    let name = bytes[range].prefix(longest).prefix { byte in
      (0x61...0x7A).contains(byte | 0x20) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "#")
    }
    guard !name.isEmpty, name.endIndex < range.upperBound, bytes[name.endIndex] == UInt8(ascii: ";") else { return nil }
    return name
  }

  private static func value(_ name: ArraySlice<UInt8>) -> [UInt8]? {
    guard name.first == UInt8(ascii: "#") else { return named[Array(name)] }
    let digits = String(decoding: name.dropFirst(), as: UTF8.self)
    let isHexadecimal = digits.first == "x" || digits.first == "X"
    let number = isHexadecimal ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
    return number.flatMap(Unicode.Scalar.init).map { Array(String($0).utf8) }
  }

  private static let named: [[UInt8]: [UInt8]] = {
    var table: [[UInt8]: [UInt8]] = [:]
    func enter(_ name: some StringProtocol, _ value: UInt32) {
      var bytes: [UInt8] = []
      UTF8Text.append(value, to: &bytes)
      table[Array(name.utf8)] = bytes
    }
    for (offset, name) in latin1.split(separator: " ").enumerated() { enter(name, 160 + UInt32(offset)) }
    for (name, value) in others { enter(name, value) }
    return table
  }()

  /// HTML 4's names for U+00A0...U+00FF, in order.
  private static let latin1 = """
    nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro \
    para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil \
    Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave \
    Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml \
    igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute \
    thorn yuml
    """

  private static let others: [(String, UInt32)] = [
    ("amp", 0x26), ("AMP", 0x26), ("lt", 0x3C), ("LT", 0x3C), ("gt", 0x3E), ("GT", 0x3E), ("quot", 0x22),
    ("apos", 0x27), ("hyph", 0x2D), ("blank", 0x20), ("hyphen", 0x2010), ("ndash", 0x2013), ("mdash", 0x2014),
    ("lsquo", 0x2018), ("rsquo", 0x2019), ("ldquo", 0x201C), ("rdquo", 0x201D), ("bull", 0x2022), ("hellip", 0x2026),
    ("dagger", 0x2020), ("euro", 0x20AC), ("trade", 0x2122), ("cir", 0x25CB), ("square", 0x25A1), ("half", 0xBD),
    ("dollar", 0x24), ("percnt", 0x25), ("num", 0x23), ("ast", 0x2A), ("plus", 0x2B), ("equals", 0x3D), ("lsqb", 0x5B),
    ("rsqb", 0x5D), ("lcub", 0x7B), ("rcub", 0x7D), ("lowbar", 0x5F), ("commat", 0x40), ("verbar", 0x7C),
    ("le", 0x2264), ("ge", 0x2265), ("OElig", 0x152), ("oelig", 0x153), ("Scaron", 0x160), ("scaron", 0x161),
  ]
}
