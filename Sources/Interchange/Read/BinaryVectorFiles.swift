package import Codecs
internal import Kernels

/// DiskANN's `.fbin`; see `FBinExport`.
package struct FBinFile: RowFile {
  package static let name = "fbin"
  package static let summary = "DiskANN's and big-ann-benchmarks' .fbin"
  package static let isSparse = false

  private let rows: DenseRows

  package init(path: String) throws {
    let file = try PositionalFile(path)
    guard file.length >= 8 else { throw InterchangeError(path: path, detail: "it ends in its header") }
    let head = try ByteView(file.readExactly(at: 0, count: 8)).array(of: UInt32.self, at: 0, count: 2)
    guard head[1] <= DenseRows.maxDimension else {
      throw InterchangeError(path: path, detail: "its vectors have \(head[1]) dimensions; at most 2^20 are read")
    }
    rows = DenseRows(file: file, start: 8, rowCount: Int(head[0]), dimension: Int(head[1]), element: .float32)
    try rows.check()
  }

  package var path: String { rows.file.path }
  package var rowCount: Int { rows.rowCount }
  package var byteCount: Int { rows.file.length }
  package func offset(of row: Int) -> Int { rows.start + row * rows.rowBytes }
  package func read(_ range: Range<Int>) throws -> [UInt8] { try rows.read(range) }
  package func decode(_ bytes: ArraySlice<UInt8>, rows count: Int, ids: ByteStrings) throws -> VectorBatch {
    try rows.decode(bytes, rows: count, ids: ids)
  }
}

/// TEXMEX's `.fvecs`; see `FVecsExport`. All rows must have the first row's dimension.
package struct FVecsFile: RowFile {
  package static let name = "fvecs"
  package static let summary = "TEXMEX's .fvecs"
  package static let isSparse = false

  private let rows: DenseRows

  package init(path: String) throws {
    let file = try PositionalFile(path)
    guard file.length >= 4 else { throw InterchangeError(path: path, detail: "it has no vector") }
    let dimension = try ByteView(file.readExactly(at: 0, count: 4)).load(Int32.self, at: 0)
    guard dimension >= 1, dimension <= DenseRows.maxDimension else {
      throw InterchangeError(path: path, detail: "its vectors have \(dimension) dimensions; 1 to 2^20 are read")
    }
    rows = DenseRows(
      file: file, start: 0, rowCount: file.length / (4 + 4 * Int(dimension)), dimension: Int(dimension),
      element: .float32, skipped: 4)
    try rows.check()
  }

  package var path: String { rows.file.path }
  package var rowCount: Int { rows.rowCount }
  package var byteCount: Int { rows.file.length }
  package func offset(of row: Int) -> Int { row * rows.rowBytes }
  package func read(_ range: Range<Int>) throws -> [UInt8] { try rows.read(range) }
  package func decode(_ bytes: ArraySlice<UInt8>, rows count: Int, ids: ByteStrings) throws -> VectorBatch {
    try rows.decode(bytes, rows: count, ids: ids)
  }
}
