/// Hugging Face's `BertPreTokenizer`: words end at white space, and every punctuation scalar is a word of its own.
struct WordBoundaries: Sendable {
  enum Kind: UInt8 {
    case word
    case space
    case punctuation
    /// The first byte of a scalar outside ASCII; `table` knows.
    case multibyte
  }

  /// (256) the kind of a byte.
  private let ascii: [UInt8]
  private let table: ScalarTable

  static let shared = WordBoundaries()

  private init() {
    var table = ScalarTable(repeating: UInt32(Kind.word.rawValue))
    for range in BertScalarProperties.shared.whitespace { table.fill(range, with: UInt32(Kind.space.rawValue)) }
    for range in BertScalarProperties.shared.punctuation {
      table.fill(range, with: UInt32(Kind.punctuation.rawValue))
    }
    ascii = (0..<256).map { $0 < 0x80 ? UInt8(table[UInt32($0)]) : Kind.multibyte.rawValue }
    self.table = table
  }

  /// A word: where it ends, and how many scalars it has.
  struct Word {
    var range: Range<Int>
    var scalars: Int
  }

  /// The first word of `bytes[position..<end]`, or `nil` when only white space is left. Well-formed UTF-8 only.
  @inline(__always)
  func next(in bytes: [UInt8], from position: Int, before end: Int) -> Word? {
    var position = position
    while position < end {
      let byte = bytes[position]
      switch ascii[Int(byte)] {
      case Kind.word.rawValue: return word(in: bytes, from: position, before: end)
      case Kind.space.rawValue: position &+= 1
      case Kind.punctuation.rawValue: return Word(range: position..<position &+ 1, scalars: 1)
      default:
        let scalar = UTF8Scalar(bytes, at: position, before: end)
        switch UInt8(truncatingIfNeeded: table[scalar.value]) {
        case Kind.word.rawValue: return word(in: bytes, from: position, before: end)
        case Kind.space.rawValue: position &+= scalar.length
        default: return Word(range: position..<position &+ scalar.length, scalars: 1)
        }
      }
    }
    return nil
  }

  /// The word that starts at `start`.
  @inline(__always)
  private func word(in bytes: [UInt8], from start: Int, before end: Int) -> Word {
    var position = start
    var continuations = 0
    while position < end {
      let kind = ascii[Int(bytes[position])]
      if kind == Kind.word.rawValue {
        position &+= 1
      } else if kind == Kind.multibyte.rawValue {
        let scalar = UTF8Scalar(bytes, at: position, before: end)
        guard table[scalar.value] == UInt32(Kind.word.rawValue) else { break }
        position &+= scalar.length
        continuations &+= scalar.length &- 1
      } else {
        break
      }
    }
    return Word(range: start..<position, scalars: position &- start &- continuations)
  }
}
