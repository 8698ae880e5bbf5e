/// Hugging Face's `BertNormalizer`: clean the text, set ideographs apart, strip accents, lower-case; always in this
/// order, each optional.
///
/// The four steps are fused into one table look-up a scalar. Only marks that stripping keeps although their combining
/// class is not 0 need more: canonical decomposition sorts them, so they are inserted at their place in the run of
/// marks that ends the output. (Sorting is stable, so marks that are taken out do not change the order of those kept;
/// a scalar of class 0 ends a run even when it is itself taken out, as U+034F is.)
struct BertNormalizer: Sendable {
  /// What to do with one scalar, packed into a table entry: action in bits 0-2, `isolated` in bit 3, a length or a
  /// combining class in bits 8-15, an offset into `pool` in bits 16-31.
  private enum Action: UInt32 {
    /// Copy it.
    case keep
    /// Take it out.
    case drop
    /// Take it out; it ends a run of marks.
    case dropStarter
    /// Write a space.
    case blank
    /// Write bytes of `pool`.
    case replace
    /// Write jamo.
    case hangul
    /// Insert it into the run of marks.
    case mark
    /// Do this for each scalar of bytes of `pool`, which have such marks among them.
    case expand
  }

  /// (256) what replaces an ASCII byte, or 0: ask the table.
  private let ascii: [UInt8]
  private let table: ScalarTable
  /// UTF-8 of replacements.
  private let pool: [UInt8]

  /// Normalizes `text[range]`, ill-formed UTF-8 being U+FFFD, and appends the result to `output`.
  func normalize(_ text: [UInt8], _ range: Range<Int>, into output: inout NormalizedText) {
    output.beginSegment()
    var position = range.lowerBound
    let end = range.upperBound
    while position < end {
      position = output.append(text, position..<end, mapped: ascii)
      guard position < end else { return }
      let scalar = UTF8Scalar(text, at: position, before: end)
      output.reserve(Self.longestReplacement)
      apply(scalar, of: text, at: position, to: &output)
      position &+= scalar.length
    }
  }

  /// `text` normalized by itself.
  func normalized(_ text: [UInt8]) -> [UInt8] {
    var output = NormalizedText(capacity: text.count)
    normalize(text, text.indices, into: &output)
    return Array(output.bytes[..<output.count])
  }

  /// Bytes that one scalar turns into at most: a decomposition has at most four scalars, and two spaces.
  private static let longestReplacement = 24

  private func apply(_ scalar: UTF8Scalar, of text: [UInt8], at position: Int, to output: inout NormalizedText) {
    let entry = table[scalar.value]
    let isolated = entry & 8 != 0
    if isolated { output.append(UInt8(ascii: " ")) }
    switch Action(rawValue: entry & 7) ?? .keep {
    case .keep where scalar.isValid: output.append(text, position, scalar.length)
    case .keep: output.append([0xEF, 0xBF, 0xBD], 0, 3)
    case .drop: break
    case .dropStarter: output.endRun()
    case .blank: output.append(UInt8(ascii: " "))
    case .replace: output.append(pool, Int(entry >> 16), Int(entry >> 8 & 255))
    case .hangul: appendJamo(of: scalar.value, to: &output)
    case .mark: output.insertMark(text, position, scalar.length, combiningClass: UInt8(entry >> 8 & 255))
    case .expand: expand(entry, into: &output)
    }
    if isolated { output.append(UInt8(ascii: " ")) }
  }

  private func expand(_ entry: UInt32, into output: inout NormalizedText) {
    var position = Int(entry >> 16)
    let end = position + Int(entry >> 8 & 255)
    while position < end {
      let part = UTF8Scalar(pool, at: position, before: end)
      apply(part, of: pool, at: position, to: &output)
      position += part.length
    }
  }

  private func appendJamo(of syllable: UInt32, to output: inout NormalizedText) {
    let jamo = BertScalarProperties.jamo(of: syllable)
    output.append(threeBytes: jamo.leading)
    output.append(threeBytes: jamo.vowel)
    if let trailing = jamo.trailing { output.append(threeBytes: trailing) }
  }
}

extension BertNormalizer {
  /// Fuses the steps that `options` asks for.
  init(_ options: WordPieceOptions) {
    var builder = Builder()
    let properties = BertScalarProperties.shared
    if options.stripsAccents {
      builder.strip(properties, lowercase: options.lowercase)
    } else if options.lowercase {
      for (scalar, lower) in properties.lowercase { builder.replace(scalar, with: lower) }
    }
    if options.isolatesIdeographs { builder.isolate(properties.ideographs) }
    if options.cleansText {
      for range in properties.removed { builder.table.fill(range, with: Action.drop.rawValue) }
      for range in properties.blank { builder.table.fill(range, with: Action.blank.rawValue) }
    }
    table = builder.table
    pool = builder.pool
    ascii = Self.fusedASCII(builder)
  }

  private static func fusedASCII(_ builder: Builder) -> [UInt8] {
    (0..<256).map { byte in
      guard byte < 0x80 else { return 0 }
      let entry = builder.table[UInt32(byte)]
      switch Action(rawValue: entry & 15) {
      case .keep: return UInt8(byte)
      case .blank: return UInt8(ascii: " ")
      case .replace where entry >> 8 & 255 == 1: return builder.pool[Int(entry >> 16)]
      default: return 0
      }
    }
  }

  /// Fills the table step by step, the last step of the text first: what comes earlier in the text wins.
  private struct Builder {
    var table = ScalarTable(repeating: Action.keep.rawValue)
    var pool: [UInt8] = []

    mutating func replace(_ scalar: UInt32, with scalars: [UInt32]) {
      table[scalar] = entry(.replace, UTF8Scalar.encode(scalars))
    }

    private mutating func entry(_ action: Action, _ bytes: [UInt8]) -> UInt32 {
      let offset = UInt32(pool.count)
      precondition(offset + UInt32(bytes.count) < 1 << 16 && bytes.count < 16, "replacements outgrew their table")
      pool.append(contentsOf: bytes)
      return offset << 16 | UInt32(bytes.count) << 8 | action.rawValue
    }

    mutating func isolate(_ ranges: [Range<UInt32>]) {
      // Uniform pages stay shared: most ideographs are kept as they are.
      for range in ranges {
        let changed = range.filter { table[$0] != Action.keep.rawValue }.map { ($0, table[$0]) }
        table.fill(range, with: Action.keep.rawValue | 8)
        for (scalar, entry) in changed { table[scalar] = entry | 8 }
      }
    }

    /// Canonical decomposition, removal of nonspacing marks and, if wanted, lower case.
    mutating func strip(_ properties: BertScalarProperties, lowercase: Bool) {
      let lower = lowercase ? properties.lowercase : [:]
      for (scalar, lowered) in lower { replace(scalar, with: lowered) }
      let marks = Marks(properties)
      for scalar in marks.dropped {
        table[scalar] = (marks.droppedStarters.contains(scalar) ? Action.dropStarter : .drop).rawValue
      }
      for (scalar, combiningClass) in properties.combiningClasses {
        table[scalar] = combiningClass[0] << 8 | Action.mark.rawValue
      }
      for (scalar, parts) in properties.decompositions {
        table[scalar] = decomposed(parts, marks, lower: lower)
      }
      table.fill(BertScalarProperties.hangul, with: Action.hangul.rawValue)
    }

    private mutating func decomposed(_ parts: [UInt32], _ marks: Marks, lower: [UInt32: [UInt32]]) -> UInt32 {
      if parts.contains(where: marks.kept.contains) { return entry(.expand, UTF8Scalar.encode(parts)) }
      let kept = parts.filter { !marks.dropped.contains($0) }
      if kept.isEmpty {
        return (parts.contains(where: marks.droppedStarters.contains) ? Action.dropStarter : .drop).rawValue
      }
      return entry(.replace, UTF8Scalar.encode(kept.flatMap { lower[$0] ?? [$0] }))
    }
  }

  private struct Marks {
    let dropped: Set<UInt32>
    let droppedStarters: Set<UInt32>
    let kept: Set<UInt32>

    init(_ properties: BertScalarProperties) {
      dropped = Set(properties.nonspacing.joined())
      droppedStarters = Set(properties.nonspacingStarters.joined())
      kept = Set(properties.combiningClasses.keys)
    }
  }
}
