internal import Codecs
internal import Kernels

/// The terms of one block of version 3, one after the other. Short lists are decoded only where an entry is asked for, and
/// then those before it in its group, because they have no lengths.
struct FittedTermBlock: TermBlock {
  private let bytes: ByteView
  /// Where the block begins in its section, in bits.
  private let start: Int
  private let codes: TermCodes
  private let model: FittedModel
  private let totals: PostingTotals
  private let path: String
  private let ordinals: Range<Int>
  /// Of the term that `next` went to.
  private var ordinal: Int
  private(set) var term: [UInt8]
  private var frequency = 0
  private var impactClass: UInt8 = 0
  private var long: FittedTermsWriter.LongList?

  private var fields: BitReader
  /// (groups): the bits where their short lists begin.
  private var places: [Int] = []
  /// Where the next long list begins in `postings`.
  private var offset: Int
  /// The short lists of the group that were passed and not decoded, and the bit where the first of them begins.
  private var passed: [(frequency: Int, impactClass: UInt8)] = []
  private var listBit = 0
  private var documents = [UInt32](repeating: 0, count: FittedModel.blockLength)
  private var impacts = [Float](repeating: 0, count: FittedModel.blockLength)

  init(
    _ block: TermBlocks.Opened, codes: TermCodes, model: FittedModel, totals: PostingTotals, path: String
  ) throws {
    bytes = block.bytes
    start = 8 * block.start
    self.codes = codes
    self.model = model
    self.totals = totals
    self.path = path
    ordinals = block.ordinals
    ordinal = ordinals.lowerBound - 1
    term = block.firstTerm
    fields = BitReader(bytes)
    offset = 0
    let groups = (ordinals.count + FittedTermsWriter.groupTerms - 1) / FittedTermsWriter.groupTerms
    offset = try readNumbers(1)[0]
    let distances = try readNumbers(groups)
    var place = fields.position
    for distance in distances {
      place += distance
      places.append(place)
    }
    guard place <= 8 * bytes.count else { throw corrupt("has lists behind its block") }
  }

  private mutating func readNumbers(_ count: Int) throws -> [Int] {
    let width = Int(try fields.read(6))
    guard width <= 48 else { throw corrupt("has an impossible number before it") }
    return try (0..<count).map { _ in Int(try fields.read(width)) }
  }

  mutating func next() throws -> Bool {
    guard ordinal + 1 < ordinals.upperBound else { return false }
    passTerm()
    ordinal += 1
    let index = ordinal - ordinals.lowerBound
    if index % FittedTermsWriter.groupTerms == 0 {
      listBit = places[index / FittedTermsWriter.groupTerms]
      passed.removeAll(keepingCapacity: true)
    }
    if index > 0 { try readTerm() }
    frequency = try number(.frequency) + 1
    guard frequency <= max(1, totals.documentCount) else {
      throw corrupt("is in \(frequency) of \(totals.documentCount) documents")
    }
    guard let symbol = try codes.symbol(.impactClass(frequency: frequency), &fields) else {
      throw corrupt("has no class of impacts")
    }
    impactClass = UInt8(symbol)
    long = FittedTermsWriter.isShort(frequency) ? nil : try readLong()
    return true
  }

  /// Behind the current term, if there is one.
  private mutating func passTerm() {
    guard ordinal >= ordinals.lowerBound else { return }
    if let long { offset += long.length } else { passed.append((frequency, impactClass)) }
  }

  private mutating func readTerm() throws {
    let shared = try number(.shared)
    guard shared <= term.count else { throw corrupt("shares more than the term before it has") }
    term.removeSubrange(shared...)
    while true {
      guard let letter = try codes.letter(after: term.last ?? 0, &fields) else { throw corrupt("is no term") }
      guard let letter else { return }
      term.append(letter)
    }
  }

  private mutating func readLong() throws -> FittedTermsWriter.LongList {
    let length = ListSurplus.length(try number(.length), frequency: frequency)
    let maximum = try number(.maximum) + 1
    let checksum = UInt32(truncatingIfNeeded: try fields.read(32))
    guard length >= 0, offset <= totals.listBytes, length <= totals.listBytes - offset else {
      throw corrupt("has its list outside of the postings")
    }
    guard ImpactKind.integers.allows(Float(maximum)) else { throw corrupt("has an impossible impact") }
    return FittedTermsWriter.LongList(length: length, maximum: maximum, checksum: checksum)
  }

  private mutating func number(_ field: TermCodes.Field) throws -> Int {
    guard let number = try codes.number(field, &fields) else { throw corrupt("has an impossible number") }
    return number
  }

  mutating func entry() throws -> TermEntry {
    if let long {
      return TermEntry(
        ordinal: ordinal, documentFrequency: frequency, offset: offset, length: long.length, firstBlock: 0,
        maxImpact: Float(long.maximum), checksum: long.checksum, blockCapacity: FittedModel.blockLength,
        impactClass: impactClass)
    }
    for list in passed { listBit = try decode(list.frequency, list.impactClass) }
    passed.removeAll(keepingCapacity: true)
    _ = try decode(frequency, impactClass)
    return TermEntry(
      ordinal: ordinal, documentFrequency: frequency, offset: offset, length: 0, firstBlock: 0,
      maxImpact: impacts[..<frequency].max() ?? 0, checksum: 0, blockCapacity: FittedModel.blockLength,
      impactClass: impactClass, inlineOffset: start + listBit)
  }

  /// Decodes the short list at `listBit`; gives the bit behind it.
  private mutating func decode(_ frequency: Int, _ impactClass: UInt8) throws -> Int {
    guard
      let end = model.decodeShort(
        bytes, at: listBit, frequency: frequency, impactClass: impactClass, into: &documents, &impacts)
    else { throw corrupt("has, or a term before it has, a list that does not decode") }
    return end
  }

  private func corrupt(_ what: String) -> FormatError {
    .corrupt(path: path, detail: "term \(max(ordinal, ordinals.lowerBound)) \(what)")
  }
}
