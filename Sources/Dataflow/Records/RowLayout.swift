internal import Codecs
internal import Kernels

/// How the values of a column belong to the rows of a batch: what the engine must know to take rows out of batches and
/// put them together.
package enum ColumnLayout: Sendable, Hashable {
  /// As many values for each row as for any other: one, or a vector's dimension.
  case rows
  /// The same in every batch of a stage.
  case constant
  /// (rows + 1): running sums, beginning with 0, by which the columns of entries are cut.
  case offsets
  /// As many values for each entry as for any other.
  case entries
  /// Distinct strings.
  case vocabulary
  /// (entries): numbers of strings of the vocabulary.
  case words
}

/// Rows of batches of one record type: named by their content, and gathered from several batches into one.
///
/// A gathered vocabulary has its strings in the order in which the rows first use them, and no others, so that the result
/// depends on the rows alone and not on where they came from.
struct RowLayout {
  /// Where a row is.
  struct Pick {
    /// An index into the batches.
    let batch: Int
    let row: Int
  }

  let type: RecordType
  private let layout: [ColumnLayout]

  /// `nil` for a type that does not say how its columns are laid out.
  init?(_ type: RecordType) {
    guard let layout = type.layout else { return nil }
    self.type = type
    self.layout = layout
  }

  /// Whether a batch is what the layout says; a stage that breaks the promise of its type is not trusted with rows.
  func fits(_ batch: Batch) -> Bool {
    guard batch.type == type.name, batch.columns.count == layout.count else { return false }
    let entries = self.entries(of: batch)
    return zip(batch.columns, layout).allSatisfy { column, layout in
      switch layout {
      case .rows: batch.rows == 0 ? column.count == 0 : column.count % batch.rows == 0
      case .constant, .vocabulary: true
      case .offsets: column.count == batch.rows + 1
      case .entries, .words: entries == 0 ? column.count == 0 : column.count % entries == 0
      }
    }
  }

  private func offsets(of batch: Batch) -> [UInt32]? {
    guard let index = layout.firstIndex(of: .offsets), case .integers(let values) = batch.columns[index] else {
      return nil
    }
    return values
  }

  private func entries(of batch: Batch) -> Int { offsets(of: batch)?.last.map(Int.init) ?? 0 }

  private func vocabulary(of batch: Batch) -> ByteStrings {
    guard let index = layout.firstIndex(of: .vocabulary), case .strings(let strings) = batch.columns[index] else {
      return ByteStrings()
    }
    return strings
  }

  // MARK: names

  /// (rows): SHA-256 of `salt` and all that the row holds, words as their bytes.
  func names(of batch: Batch, salt: Fingerprint) -> [RowName] {
    let offsets = offsets(of: batch)
    let vocabulary = vocabulary(of: batch)
    let entries = entries(of: batch)
    return (0..<batch.rows).map { row in
      var hasher = FingerprintHasher()
      hasher.field(salt)
      let range = offsets.map { Int($0[row])..<Int($0[row + 1]) } ?? 0..<0
      for (column, layout) in zip(batch.columns, layout) {
        switch layout {
        case .rows: column.hash(Self.slice(row..<row + 1, column.count, batch.rows), into: &hasher)
        case .constant: column.hash(0..<column.count, into: &hasher)
        case .entries: column.hash(Self.slice(range, column.count, entries), into: &hasher)
        case .words: for word in column.numbers(range) { hasher.field(Array(vocabulary[Int(word)])) }
        case .offsets: hasher.field("\(range.count)")
        case .vocabulary: break
        }
      }
      return RowName(hasher.finalize())
    }
  }

  /// `range`, counted in rows or entries, as places of a column.
  private static func slice(_ range: Range<Int>, _ count: Int, _ units: Int) -> Range<Int> {
    let width = units == 0 ? 0 : count / units
    return range.lowerBound * width..<range.upperBound * width
  }

  // MARK: gathering

  /// A batch of the rows that `picks` names, in that order; `nil` if the batches' constants differ.
  ///
  /// - Precondition: every batch `fits`; there is at least one batch.
  func gather(_ picks: [Pick], from batches: [Batch], tokens: Int = 0) -> Batch? {
    if !layout.contains(.vocabulary), let whole = whole(picks, of: batches) {
      return Batch(type, rows: whole.rows, columns: whole.columns, tokens: tokens)
    }
    var columns = batches[0].columns.map(ColumnBuilder.init)
    let offsets = batches.map(offsets(of:))
    let vocabularies = batches.map(vocabulary(of:))
    var words = WordNumbers(vocabularies)
    var sums: [UInt32] = [0]
    let used = Set(picks.map(\.batch))
    for index in layout.indices {
      if layout[index] == .constant {
        let constant = batches[used.first ?? 0].columns[index]
        if used.contains(where: { batches[$0].columns[index] != constant }) { return nil }
        columns[index].append(constant, 0..<constant.count)
      }
    }
    for pick in picks {
      let batch = batches[pick.batch]
      let sumsOfBatch = offsets[pick.batch]
      let range = sumsOfBatch.map { Int($0[pick.row])..<Int($0[pick.row + 1]) } ?? 0..<0
      let entries = sumsOfBatch?.last.map(Int.init) ?? 0
      sums.append(sums[sums.count - 1] + UInt32(range.count))
      for index in layout.indices {
        let column = batch.columns[index]
        switch layout[index] {
        case .rows: columns[index].append(column, Self.slice(pick.row..<pick.row + 1, column.count, batch.rows))
        case .entries: columns[index].append(column, Self.slice(range, column.count, entries))
        case .words: columns[index].integers += column.numbers(range).map { words.number(of: $0, in: pick.batch) }
        case .constant, .offsets, .vocabulary: break
        }
      }
    }
    for index in layout.indices {
      if layout[index] == .offsets { columns[index].integers = sums }
      if layout[index] == .vocabulary { columns[index].strings = words.strings }
    }
    return Batch(type, rows: picks.count, columns: columns.map(\.column), tokens: tokens)
  }

  /// The batch whose rows, all of them and in order, are the picks, if there is one: every row of it is new, and nothing
  /// needs to be copied.
  private func whole(_ picks: [Pick], of batches: [Batch]) -> Batch? {
    guard let batch = picks.first?.batch, picks.count == batches[batch].rows,
      picks.indices.allSatisfy({ picks[$0].batch == batch && picks[$0].row == $0 })
    else { return nil }
    return batches[batch]
  }

  /// The batch itself with its vocabulary in the order of first use.
  func canonical(_ batch: Batch) -> Batch? {
    guard layout.contains(.vocabulary) else { return batch }
    return gather((0..<batch.rows).map { Pick(batch: 0, row: $0) }, from: [batch], tokens: batch.tokens)
  }
}

/// The first half of a row's SHA-256.
struct RowName: Hashable, Sendable {
  static let bytes = 16
  let high: UInt64
  let low: UInt64

  init(_ fingerprint: Fingerprint) { self.init(fingerprint.bytes[0..<16]) }

  /// - Precondition: 16 bytes.
  init(_ bytes: ArraySlice<UInt8>) {
    high = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    low = bytes.dropFirst(8).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// The name of a row of two streams.
  init(joining left: RowName, _ right: RowName) {
    var bytes: [UInt8] = []
    left.append(to: &bytes)
    right.append(to: &bytes)
    self.init(Fingerprint.of(bytes))
  }

  func append(to bytes: inout [UInt8]) {
    for word in [high, low] {
      for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * shift))) }
    }
  }
}

/// Numbers of a new vocabulary for those of several old ones.
private struct WordNumbers {
  private let old: [ByteStrings]
  /// (batches, words): the new number, or `UInt32.max`.
  private var numbers: [[UInt32]]
  private var known: [[UInt8]: UInt32] = [:]
  private(set) var strings = ByteStrings()

  init(_ old: [ByteStrings]) {
    self.old = old
    numbers = old.map { [UInt32](repeating: .max, count: $0.count) }
  }

  mutating func number(of word: UInt32, in batch: Int) -> UInt32 {
    let found = numbers[batch][Int(word)]
    if found != .max { return found }
    let string = Array(old[batch][Int(word)])
    let number = known[string] ?? UInt32(strings.count)
    if number == strings.count {
      strings.append(string)
      known[string] = number
    }
    numbers[batch][Int(word)] = number
    return number
  }
}

extension Column {
  var count: Int {
    switch self {
    case .strings(let values): values.count
    case .integers(let values): values.count
    case .shorts(let values): values.count
    case .floats(let values): values.count
    case .bytes(let values): values.count
    }
  }

  /// The numbers in `range` of a column of integers; none of any other.
  fileprivate func numbers(_ range: Range<Int>) -> [UInt32] {
    if case .integers(let values) = self { Array(values[range]) } else { [] }
  }

  fileprivate func hash(_ range: Range<Int>, into hasher: inout FingerprintHasher) {
    var bytes: [UInt8] = []
    switch self {
    case .strings(let values):
      for index in range { hasher.field(Array(values[index])) }
      return
    case .integers(let values): bytes.appendLittleEndian(contentsOf: Array(values[range]))
    case .shorts(let values): bytes.appendLittleEndian(contentsOf: Array(values[range]))
    case .floats(let values): bytes.appendLittleEndian(contentsOf: Array(values[range]))
    case .bytes(let values): bytes = Array(values[range])
    }
    hasher.field(bytes)
  }
}

/// A column that grows in place.
private struct ColumnBuilder {
  private let kind: Column
  var strings = ByteStrings()
  var integers: [UInt32] = []
  private var shorts: [UInt16] = []
  private var floats: [Float] = []
  private var bytes: [UInt8] = []

  /// An empty column of the kind of `column`.
  init(_ column: Column) {
    kind =
      switch column {
      case .strings: .strings(ByteStrings())
      case .integers: .integers([])
      case .shorts: .shorts([])
      case .floats: .floats([])
      case .bytes: .bytes([])
      }
  }

  /// Appends `range` of a column of the same kind.
  mutating func append(_ other: Column, _ range: Range<Int>) {
    switch other {
    case .strings(let values): for index in range { strings.append(values[index]) }
    case .integers(let values): integers += values[range]
    case .shorts(let values): shorts += values[range]
    case .floats(let values): floats += values[range]
    case .bytes(let values): bytes += values[range]
    }
  }

  var column: Column {
    switch kind {
    case .strings: .strings(strings)
    case .integers: .integers(integers)
    case .shorts: .shorts(shorts)
    case .floats: .floats(floats)
    case .bytes: .bytes(bytes)
    }
  }
}
