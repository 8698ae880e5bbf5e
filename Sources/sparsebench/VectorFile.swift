internal import Codecs
internal import Kernels
internal import Shards

/// Sparse vectors in big-ann's `.csr`: i64 rows, columns, values; i64 offset[rows + 1]; i32 column[values];
/// f32 value[values]. Little-endian. A column is a term, called by its number in decimal digits.
struct VectorFile {
  private let view: ByteView
  let rows: Int
  let columns: Int
  let values: Int

  /// Throws `FileError`, `ByteView.OutOfBounds`.
  init(_ path: String) throws {
    view = try MappedFile.open(path)
    rows = Int(try view.uint64(at: 0))
    columns = Int(try view.uint64(at: 8))
    values = Int(try view.uint64(at: 16))
  }

  static func term(_ column: Int) -> [UInt8] { Array(String(column).utf8) }

  func offset(_ row: Int) throws -> Int { Int(try view.uint64(at: 24 + 8 * row)) }
  func column(_ index: Int) throws -> Int { Int(try view.uint32(at: 32 + 8 * rows + 4 * index)) }
  func value(_ index: Int) throws -> Float { try view.loadFloat(at: 32 + 8 * rows + 4 * values + 4 * index) }

  /// One row as terms and weights.
  func row(_ row: Int) throws -> [(term: [UInt8], weight: Float)] {
    try (offset(row)..<offset(row + 1)).map { (Self.term(try column($0)), try value($0)) }
  }

  /// The rows of `range` as a chunk of integer impacts, its vocabulary the terms that it has.
  func chunk(_ range: Range<Int>) throws -> ChunkPostings {
    let first = try offset(range.lowerBound)
    var number = [Int](repeating: -1, count: columns)
    var vocabulary: [[UInt8]] = []
    var terms: [UInt32] = []
    var impacts: [UInt16] = []
    let last = try offset(range.upperBound)
    terms.reserveCapacity(last - first)
    impacts.reserveCapacity(last - first)
    for index in first..<last {
      let column = try column(index)
      if number[column] < 0 {
        number[column] = vocabulary.count
        vocabulary.append(Self.term(column))
      }
      terms.append(UInt32(number[column]))
      impacts.append(UInt16(try value(index)))
    }
    let offsets = try (range.lowerBound...range.upperBound).map { UInt32(try offset($0) - first) }
    return try ChunkPostings(
      vocabulary: ByteStrings(vocabulary), offsets: offsets, terms: terms, impacts: .integers(impacts))
  }
}
