internal import CKernels

/// Working memory of one worker: (rows, columns) floats, 64-byte aligned, row after row. Not shared between threads.
///
/// `reshape` keeps the memory where it is large enough, so that a worker's buffers stop growing after its largest batch.
@safe package final class FloatBuffer {
  package private(set) var rows: Int
  package private(set) var columns: Int
  private var capacity: Int
  private var memory: UnsafeMutablePointer<Float>

  /// All zeros.
  package init(rows: Int, columns: Int) {
    precondition(rows >= 0 && columns >= 0)
    self.rows = rows
    self.columns = columns
    capacity = max(rows * columns, 16)
    unsafe memory = FloatBuffer.allocate(capacity)
    unsafe memory.initialize(repeating: 0, count: capacity)
  }

  /// No rows, and memory for `rows` that are appended.
  package convenience init(capacity rows: Int, columns: Int) {
    self.init(rows: 0, columns: columns)
    reshape(rows: rows, columns: columns)
    self.rows = 0
  }

  /// A copy of `values`, (rows, columns).
  package convenience init(_ values: [Float], columns: Int) {
    precondition(columns > 0 && values.count % columns == 0)
    self.init(rows: values.count / columns, columns: columns)
    copy(values)
  }

  deinit { unsafe memory.deallocate() }

  private static func allocate(_ count: Int) -> UnsafeMutablePointer<Float> {
    let raw = UnsafeMutableRawPointer.allocate(byteCount: count * 4, alignment: 64)
    return unsafe raw.bindMemory(to: Float.self, capacity: count)
  }

  package var count: Int { rows * columns }

  /// Gives the buffer another shape. It may hold nothing then, not even zeros, so this is for kernels, each of which
  /// overwrites all rows: clearing what they overwrite took a fortieth of TILDE's time.
  func reshape(rows: Int, columns: Int) {
    precondition(rows >= 0 && columns >= 0)
    if rows * columns > capacity {
      unsafe memory.deallocate()
      capacity = rows * columns
      unsafe memory = FloatBuffer.allocate(capacity)
    }
    self.rows = rows
    self.columns = columns
  }

  /// - Precondition: in range.
  package subscript(row: Int, column: Int) -> Float {
    get {
      precondition(row >= 0 && row < rows && column >= 0 && column < columns)
      // In bounds by the line above, here and below.
      return unsafe memory[row * columns + column]
    }
    set {
      precondition(row >= 0 && row < rows && column >= 0 && column < columns)
      unsafe memory[row * columns + column] = newValue
    }
  }

  /// Overwrites rows from `row` with whole rows of values.
  package func copy(_ values: [Float], toRow row: Int = 0) {
    precondition(columns > 0 && values.count % columns == 0 && row >= 0 && row + values.count / columns <= rows)
    unsafe values.withUnsafeBufferPointer { source in
      // `values.count` floats fit behind `row` by the line above; the memories are distinct.
      if let start = source.baseAddress {
        unsafe (memory + row * columns).update(from: start, count: source.count)
      }
    }
  }

  /// Overwrites rows from `row` with the rows `source` of another buffer of the same width.
  package func copy(_ other: FloatBuffer, rows source: Range<Int>, toRow row: Int) {
    precondition(other.columns == columns && source.lowerBound >= 0 && source.upperBound <= other.rows)
    precondition(row >= 0 && row + source.count <= rows)
    // Both ranges are in bounds by the lines above; `update` allows overlap.
    unsafe (memory + row * columns).update(
      from: other.memory + source.lowerBound * columns, count: source.count * columns)
  }

  /// Copies all rows of another buffer of the same width behind those that are here.
  /// - Precondition: `init(capacity:columns:)` made room.
  package func append(_ other: FloatBuffer) {
    precondition(other !== self && other.columns == columns && (rows + other.rows) * columns <= capacity)
    // There is room by the line above; the memories are distinct.
    unsafe (memory + rows * columns).update(from: other.memory, count: other.count)
    rows += other.rows
  }

  /// Leaves these rows alone, in their order.
  /// - Precondition: ascending, in range.
  package func keep(rows kept: [Int]) {
    for (row, source) in kept.enumerated() {
      precondition(row == 0 || kept[row - 1] < source)
      // Ascending rows come from their own place or from behind it, so none is overwritten before it is read.
      copy(self, rows: source..<source + 1, toRow: row)
    }
    reshape(rows: kept.count, columns: columns)
  }

  /// Overwrites some rows with a value.
  package func fill(rows filled: Range<Int>, with value: Float) {
    precondition(filled.lowerBound >= 0 && filled.upperBound <= rows)
    // In bounds by the line above.
    unsafe (memory + filled.lowerBound * columns).update(repeating: value, count: filled.count * columns)
  }

  /// Overwrites some places of a row with a value.
  package func fill(row: Int, columns filled: [Int32], with value: Float) {
    precondition(row >= 0 && row < rows)
    let (width, start) = (columns, unsafe memory + row * columns)
    for column in filled {
      precondition(column >= 0 && Int(column) < width)
      // In bounds by the lines above.
      unsafe start[Int(column)] = value
    }
  }

  /// A row's values.
  package func row(_ row: Int) -> [Float] { values(row..<row + 1) }

  /// The values of some rows.
  package func values(_ range: Range<Int>) -> [Float] {
    precondition(range.lowerBound >= 0 && range.upperBound <= rows)
    // In bounds by the line above.
    return unsafe [Float](UnsafeBufferPointer(start: memory + range.lowerBound * columns, count: range.count * columns))
  }

  /// All values.
  package var values: [Float] { values(0..<rows) }

  /// Calls `body` with the span of a row.
  package func withRow<R>(_ row: Int, _ body: (Span<Float>) throws -> R) rethrows -> R {
    precondition(row >= 0 && row < rows)
    // In bounds by the line above; the span cannot leave `body`.
    let values = unsafe UnsafeBufferPointer(start: memory + row * columns, count: columns)
    return try body(unsafe values.span)
  }

  /// Whether every value is finite.
  package var isFinite: Bool {
    // `count` floats are there.
    unsafe ck_all_finite(memory, count) != 0
  }

  /// The start of a row, for kernels. Must not outlive a call, nor be used after `reshape`.
  @unsafe func pointer(row: Int = 0) -> UnsafeMutablePointer<Float> {
    precondition(row >= 0 && row <= rows)
    return unsafe memory + row * columns
  }
}
