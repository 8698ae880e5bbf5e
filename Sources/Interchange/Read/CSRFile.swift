package import Codecs
internal import Kernels

/// big-ann-benchmarks' sparse matrix; see `CSRExport` for the layout. Terms are column numbers until names replace them.
package struct CSRFile: RowFile {
  package static let name = "csr"
  package static let summary = "big-ann-benchmarks' sparse matrix"
  package static let isSparse = true

  private let file: PositionalFile
  package let rowCount: Int
  package let columnCount: Int
  private let entryCount: Int

  package init(path: String) throws {
    file = try PositionalFile(path)
    func bad(_ detail: String) -> InterchangeError { InterchangeError(path: path, detail: detail) }
    guard file.length >= 32 else { throw bad("it ends in its header") }
    let head = try ByteView(file.readExactly(at: 0, count: 24)).array(of: Int64.self, at: 0, count: 3)
    let limit = Int64(file.length)
    // Every row has eight bytes and every entry has eight: so neither can outnumber the bytes.
    guard head[0] >= 0, head[0] < limit / 8, head[1] >= 0, head[1] <= Int64(Int32.max), head[2] >= 0,
      head[2] <= limit / 8, 32 + 8 * head[0] + 8 * head[2] == limit
    else {
      throw bad("its header tells \(head[0]) rows, \(head[1]) columns, \(head[2]) entries, and has \(limit) bytes")
    }
    rowCount = Int(head[0])
    columnCount = Int(head[1])
    entryCount = Int(head[2])
  }

  package var path: String { file.path }
  package var byteCount: Int { file.length }
  package func offset(of row: Int) -> Int { 24 + 8 * row }

  /// Where the entries of each row begin, and those of the last end, then columns, then values.
  package func read(_ rows: Range<Int>) throws -> [UInt8] {
    let pointers = try file.readExactly(at: 24 + 8 * rows.lowerBound, count: 8 * (rows.count + 1))
    let starts = try ByteView(pointers).array(of: Int64.self, at: 0, count: rows.count + 1)
    guard let first = starts.first, let last = starts.last, first >= 0, last <= Int64(entryCount),
      zip(starts, starts.dropFirst()).allSatisfy({ $0 <= $1 })
    else {
      throw InterchangeError(path: path, detail: "the places of rows \(rows) do not ascend from 0 to \(entryCount)")
    }
    guard last - first <= Int64(UInt32.max) else {
      throw InterchangeError(path: path, detail: "\(last - first) entries in rows \(rows) are too many for a chunk")
    }
    let columns = 24 + 8 * (rowCount + 1)
    let count = Int(last - first)
    return try pointers + file.readExactly(at: columns + 4 * Int(first), count: 4 * count)
      + file.readExactly(at: columns + 4 * entryCount + 4 * Int(first), count: 4 * count)
  }

  package func decode(_ bytes: ArraySlice<UInt8>, rows: Int, ids: ByteStrings) throws -> VectorBatch {
    let view = ByteView(Array(bytes))
    do {
      let starts = try view.array(of: Int64.self, at: 0, count: rows + 1).map { Int($0) }
      let count = starts[rows] - starts[0]
      let columns = try view.array(of: Int32.self, at: 8 * (rows + 1), count: count)
      let values = try view.floats(at: 8 * (rows + 1) + 4 * count, count: count)
      guard ids.count == rows, let first = starts.first else {
        throw InterchangeError(path: path, detail: "ids are missing")
      }
      return rowsOf(starts.map { $0 - first }, columns, values, ids)
    } catch let error as ByteView.OutOfBounds {
      throw InterchangeError(path: path, detail: "a part of it has another length than it had: \(error)")
    }
  }

  private func rowsOf(_ starts: [Int], _ columns: [Int32], _ values: [Float], _ ids: ByteStrings) -> VectorBatch {
    var builder = SparseRows()
    for row in 0..<ids.count {
      let range = starts[row]..<starts[row + 1]
      if let problem = problem(columns[range], values[range]) {
        builder.reject(row, at: 8 * row, ids[row], problem.reason, problem.detail)
        continue
      }
      builder.begin(ids[row])
      for index in range where values[index] != 0 { builder.append(number: UInt32(columns[index]), values[index]) }
    }
    return builder.finish { Array("\($0)".utf8) }
  }

  private func problem(_ columns: ArraySlice<Int32>, _ values: ArraySlice<Float>) -> (reason: String, detail: String)? {
    if let column = columns.first(where: { $0 < 0 || $0 >= columnCount }) {
      return ("wrong-column", "column \(column) of \(columnCount)")
    }
    if Set(columns).count != columns.count { return ("duplicate-term", "a column comes twice in the row") }
    if let value = values.first(where: { !$0.isFinite }) { return ("not-finite", "a value is \(value)") }
    return nil
  }
}

/// Sparse rows in the making, with terms that are numbers of the file.
struct SparseRows {
  private var batch = VectorBatch(
    values: .sparse(vocabulary: ByteStrings(), offsets: [0], terms: [], weights: []))
  private var offsets: [UInt32] = [0]
  private var terms: [UInt32] = []
  private var weights: [Float] = []
  /// The file's number of each term of the chunk, in the order in which they first come, and back.
  private var numbers: [UInt32] = []
  private var places: [UInt32: UInt32] = [:]

  mutating func begin(_ id: some Collection<UInt8>) {
    batch.ids.append(id)
    offsets.append(UInt32(terms.count))
  }

  mutating func append(number: UInt32, _ weight: Float) {
    var place = places[number]
    if place == nil {
      place = UInt32(numbers.count)
      places[number] = place
      numbers.append(number)
    }
    terms.append(place ?? 0)
    weights.append(weight)
    offsets[offsets.count - 1] = UInt32(terms.count)
  }

  mutating func reject(_ row: Int, at offset: Int, _ id: some Collection<UInt8>, _ reason: String, _ detail: String) {
    batch.rejected.append(
      .init(
        row: row, offset: offset, id: String(decoding: Array(id), as: UTF8.self), reason: reason, detail: detail))
  }

  /// The rows, with each number's name.
  func finish(_ name: (UInt32) -> [UInt8]) -> VectorBatch {
    var result = batch
    result.values = .sparse(
      vocabulary: ByteStrings(numbers.map(name)), offsets: offsets, terms: terms, weights: weights)
    return result
  }
}
