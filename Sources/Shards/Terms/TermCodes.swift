internal import Kernels

/// The Huffman codes of a dictionary, fitted to its terms: one for each kind of field and context that occurs often enough,
/// one for all others together.
///
/// A class of impacts is a symbol. A number is one, too: itself below 16, above `16 + 4 (e - 4) + m`, where e is its
/// exponent and m its next two bits, followed by its other e - 2 bits. A letter is the byte of the term, in the code of the
/// byte before it; the bytes 0 and 1 are the symbol 1, followed by the byte in 8 bits; the term's end is the symbol 0.
///
/// ```
/// codes  = codeOf:u8[272]  lengths:u4[256]*       a code, see `PrefixCodes`; a byte has two, the first in its lower half
/// codeOf = shared  frequency  length  maximum  class[12]  letter[256]
/// ```
/// `codeOf` has the code of each field (see `Field`), `class` by the exponent of the document frequency, `letter` by the
/// byte before.
struct TermCodes: Sendable {
  /// What a symbol says, and in which context.
  enum Field {
    /// Bytes that a term has in common with the one before.
    case shared
    /// The document frequency, less one.
    case frequency
    /// Of a long list: the length in bytes, less 25/16 of the frequency, doubled where that is not negative, else minus
    /// twice that minus one; the largest impact, less one.
    case length
    case maximum
    /// The class of impacts, by the exponent of the document frequency; those from 11 on are one.
    case impactClass(frequency: Int)
    /// By the byte of the term before it, which for a term's first is 0; that byte may be one of those that are shared.
    case letter(after: UInt8)

    static let count = 16 + 256

    var index: Int {
      switch self {
      case .shared: 0
      case .frequency: 1
      case .length: 2
      case .maximum: 3
      case .impactClass(let frequency): 4 + min(11, Int.bitWidth - 1 - max(1, frequency).leadingZeroBitCount)
      case .letter(let byte): 16 + Int(byte)
      }
    }
  }

  /// Fields with fewer symbols share a code.
  private static let fewest = 96

  private let codeOf: [UInt8]
  private let codes: PrefixCodes

  /// Counts what is to be coded.
  struct Counts: TermFieldSink {
    private var counts = [[UInt64]](repeating: [UInt64](repeating: 0, count: 256), count: Field.count)

    mutating func put(_ symbol: Int, _ field: Field, extra: UInt64, bits: Int) { counts[field.index][symbol] += 1 }
    mutating func put(_ value: UInt64, bits: Int) {}

    var codes: TermCodes {
      var own: [[UInt64]] = [[UInt64](repeating: 0, count: 256)]
      let codeOf = counts.map { counts -> UInt8 in
        guard counts.reduce(0, +) >= TermCodes.fewest, own.count < 255 else {
          for symbol in counts.indices { own[0][symbol] += counts[symbol] }
          return 0
        }
        own.append(counts)
        return UInt8(own.count - 1)
      }
      return TermCodes(codeOf: codeOf, codes: PrefixCodes(counts: own))
    }
  }

  private init(codeOf: [UInt8], codes: PrefixCodes) {
    self.codeOf = codeOf
    self.codes = codes
  }

  /// `nil` where `bytes` are of no codes.
  init?(_ bytes: [UInt8]) {
    guard bytes.count > Field.count else { return nil }
    codeOf = Array(bytes[..<Field.count])
    var lengths: [UInt8] = []
    for byte in bytes[Field.count...] { lengths += [byte & 15, byte >> 4] }
    guard let codes = PrefixCodes(lengths: lengths), codeOf.allSatisfy({ $0 < codes.count }) else { return nil }
    self.codes = codes
  }

  var bytes: [UInt8] {
    let lengths = codes.lengths
    return codeOf + stride(from: 0, to: lengths.count, by: 2).map { lengths[$0] | lengths[$0 + 1] << 4 }
  }

  // MARK: reading

  /// A symbol by itself; `nil` where the bits are of none. Throws `ByteView.OutOfBounds` behind the end.
  func symbol(_ field: Field, _ input: inout BitReader) throws(ByteView.OutOfBounds) -> Int? {
    try codes.read(code: Int(codeOf[field.index]), &input)
  }

  /// A number below 2^48; the rest as `symbol`.
  func number(_ field: Field, _ input: inout BitReader) throws(ByteView.OutOfBounds) -> Int? {
    guard let symbol = try symbol(field, &input) else { return nil }
    guard symbol >= 16 else { return symbol }
    let bits = 2 + (symbol - 16) / 4
    guard bits < 46 else { return nil }
    return (4 | symbol & 3) << bits | Int(try input.read(bits))
  }

  /// The next letter, `.some(nil)` at the term's end; `nil` where the bits are of none.
  func letter(after byte: UInt8, _ input: inout BitReader) throws(ByteView.OutOfBounds) -> UInt8?? {
    guard let symbol = try symbol(.letter(after: byte), &input) else { return nil }
    switch symbol {
    case 0: return .some(nil)
    case 1: return UInt8(truncatingIfNeeded: try input.read(8))
    default: return UInt8(symbol)
    }
  }

  // MARK: writing

  /// Writes fields as bits.
  struct Writer: TermFieldSink {
    let codes: TermCodes
    private(set) var bits = BitWriter()

    init(_ codes: TermCodes) { self.codes = codes }

    mutating func put(_ symbol: Int, _ field: Field, extra: UInt64, bits count: Int) {
      codes.codes.append(symbol, code: Int(codes.codeOf[field.index]), to: &bits)
      bits.append(extra, bits: count)
    }

    mutating func put(_ value: UInt64, bits count: Int) { bits.append(value, bits: count) }
  }
}

/// Where the symbols of a dictionary go: they are counted first, then written.
protocol TermFieldSink {
  /// A symbol, and `bits` more that belong to it.
  mutating func put(_ symbol: Int, _ field: TermCodes.Field, extra: UInt64, bits: Int)
  /// Bits that no code is for.
  mutating func put(_ value: UInt64, bits: Int)
}

extension TermFieldSink {
  mutating func number(_ value: Int, _ field: TermCodes.Field) {
    guard value >= 16 else { return put(value, field, extra: 0, bits: 0) }
    let exponent = Int.bitWidth - 1 - value.leadingZeroBitCount
    let bits = exponent - 2
    put(
      16 + (exponent - 4) * 4 + (value >> bits & 3), field, extra: UInt64(value) & (1 << UInt64(bits) - 1), bits: bits)
  }

  /// The letters of a term behind the `shared` ones, and its end.
  mutating func letters(of term: ArraySlice<UInt8>, from shared: Int) {
    var before: UInt8 = shared > 0 ? term[term.startIndex + shared - 1] : 0
    for byte in term.dropFirst(shared) {
      let field = TermCodes.Field.letter(after: before)
      if byte < 2 { put(1, field, extra: UInt64(byte), bits: 8) } else { put(Int(byte), field, extra: 0, bits: 0) }
      before = byte
    }
    put(0, .letter(after: before), extra: 0, bits: 0)
  }
}
