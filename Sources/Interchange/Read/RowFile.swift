package import Codecs
internal import Kernels

/// A vector file in which any range of rows can be read at once. A new one is a file with a conforming type and a line in
/// `RowFiles.all`.
///
/// Opening checks the header against the file's size before anything is allocated by it. Safe from several threads.
package protocol RowFile: Sendable {
  /// What `format:` says.
  static var name: String { get }
  static var summary: String { get }
  /// Whether rows are sparse.
  static var isSparse: Bool { get }

  /// Throws `FileError`, and `InterchangeError` for a header that does not fit.
  init(path: String) throws
  var path: String { get }
  var rowCount: Int { get }
  /// Where the first row of a range lies, for messages.
  func offset(of row: Int) -> Int
  /// Bytes of the whole file.
  var byteCount: Int { get }

  /// The bytes of some rows, and no more memory than twice that. Throws `InterchangeError` where the file contradicts itself.
  func read(_ rows: Range<Int>) throws -> [UInt8]
  /// Rows out of what `read` gave. Pure.
  func decode(_ bytes: ArraySlice<UInt8>, rows: Int, ids: ByteStrings) throws -> VectorBatch
}

/// Every vector file with rows of its own place.
package enum RowFiles {
  package static let all: [any RowFile.Type] = [NPYFile.self, FBinFile.self, FVecsFile.self, CSRFile.self]

  package static func named(_ name: String) -> (any RowFile.Type)? { all.first { $0.name == name } }
}

/// What dense files share: rows of equal length that begin at `start`, elements after `skipped` bytes of each.
struct DenseRows: Sendable {
  /// An element on the disk, little-endian.
  enum Element: Sendable {
    case float16, float32, float64

    var bytes: Int {
      switch self {
      case .float16: 2
      case .float32: 4
      case .float64: 8
      }
    }
  }

  let file: PositionalFile
  let start: Int
  let rowCount: Int
  let dimension: Int
  let element: Element
  /// Bytes of a row before its elements: the dimension again, in `.fvecs`.
  var skipped = 0

  static let maxDimension = 1 << 20

  var rowBytes: Int { skipped + dimension * element.bytes }

  /// Checks that the file has exactly these rows.
  func check() throws {
    guard dimension >= 1, dimension <= Self.maxDimension else {
      throw InterchangeError(path: file.path, detail: "its vectors have \(dimension) dimensions; at most 2^20 are read")
    }
    guard rowCount >= 0, rowCount <= Int(UInt32.max), file.length - start == rowCount * rowBytes else {
      throw InterchangeError(
        path: file.path,
        detail:
          "its header tells \(rowCount) rows of \(rowBytes) bytes, behind it there are \(file.length - start) bytes")
    }
  }

  func read(_ rows: Range<Int>) throws -> [UInt8] {
    try file.readExactly(at: start + rows.lowerBound * rowBytes, count: rows.count * rowBytes)
  }

  func decode(_ bytes: ArraySlice<UInt8>, rows: Int, ids: ByteStrings) throws -> VectorBatch {
    guard bytes.count == rows * rowBytes, ids.count == rows else {
      throw InterchangeError(path: file.path, detail: "a part of it has another length than it had")
    }
    let view = ByteView(Array(bytes))
    var values: [Float] = []
    values.reserveCapacity(rows * dimension)
    var batch = VectorBatch(values: .dense(dimension: dimension, values: []))
    for row in 0..<rows {
      let vector = try self.vector(view, row)
      if let problem = try problem(view, row, vector) {
        batch.rejected.append(
          .init(
            row: row, offset: row * rowBytes, id: String(decoding: ids[row], as: UTF8.self), reason: problem.reason,
            detail: problem.detail))
        continue
      }
      batch.ids.append(ids[row])
      values += vector
    }
    batch.values = .dense(dimension: dimension, values: values)
    return batch
  }

  private func vector(_ view: ByteView, _ row: Int) throws -> [Float] {
    let start = row * rowBytes + skipped
    switch element {
    case .float32: return try view.floats(at: start, count: dimension)
    case .float16:
      return try view.array(of: UInt16.self, at: start, count: dimension).map { HalfFloat.float(bits: $0) }
    case .float64:
      return try view.array(of: UInt64.self, at: start, count: dimension).map { Float(Double(bitPattern: $0)) }
    }
  }

  private func problem(_ view: ByteView, _ row: Int, _ vector: [Float]) throws -> (reason: String, detail: String)? {
    if skipped == 4 {
      let told = try view.load(Int32.self, at: row * rowBytes)
      if told != dimension { return ("wrong-dimension", "the row has \(told) dimensions, the first has \(dimension)") }
    }
    if let index = vector.firstIndex(where: { !$0.isFinite }) {
      return ("not-finite", "element \(index) is \(vector[index])")
    }
    return nil
  }
}

/// IEEE 754 half precision.
enum HalfFloat {
  static func float(bits: UInt16) -> Float {
    let sign = UInt32(bits & 0x8000) << 16
    let exponent = UInt32(bits >> 10 & 0x1F)
    let fraction = UInt32(bits & 0x3FF)
    switch exponent {
    case 0:
      // Zero and subnormals: fraction * 2^-24, exact in single precision.
      let magnitude = Float(fraction) * 0x1p-24
      return sign == 0 ? magnitude : -magnitude
    case 31: return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
    default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }
}
