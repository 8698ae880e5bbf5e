/// A stored table of numbers, (rows, columns), row after row at any alignment: a tensor of a mapped checkpoint, vectors
/// of a mapped index, or an array. Read-only, shared by all threads.
package struct TensorView: Sendable {
  package enum Element: Int32, Sendable, CaseIterable {
    case fp32, fp16, bf16, int8

    package var bytes: Int { self == .fp32 ? 4 : self == .int8 ? 1 : 2 }
  }

  package let bytes: ByteView
  package let element: Element
  package let rows: Int
  package let columns: Int

  /// The first rows * columns elements of `bytes`; throws where it has fewer.
  package init(_ bytes: ByteView, element: Element, rows: Int, columns: Int) throws(ByteView.OutOfBounds) {
    precondition(rows >= 0 && columns >= 0)
    let (elements, overflow) = rows.multipliedReportingOverflow(by: columns)
    guard !overflow, elements <= bytes.count / element.bytes else {
      throw ByteView.OutOfBounds(offset: 0, length: overflow ? .max : elements &* element.bytes, count: bytes.count)
    }
    self.bytes = try bytes.slice(0, elements * element.bytes)
    self.element = element
    self.rows = rows
    self.columns = columns
  }

  /// A copy of `values`.
  package init(_ values: [Float], columns: Int) {
    precondition(columns > 0 && values.count % columns == 0)
    // Floats have no padding; the bytes are copied.
    bytes = unsafe values.withUnsafeBytes { ByteView(unsafe [UInt8]($0)) }
    element = .fp32
    rows = values.count / columns
    self.columns = columns
  }

  /// Rows `range`, sharing the memory.
  package func slice(_ range: Range<Int>) -> TensorView {
    precondition(range.lowerBound >= 0 && range.upperBound <= rows)
    let width = columns * element.bytes
    return TensorView(
      bytes: bytes.part(range.lowerBound * width, range.count * width), element: element, rows: range.count,
      columns: columns)
  }

  private init(bytes: ByteView, element: Element, rows: Int, columns: Int) {
    self.bytes = bytes
    self.element = element
    self.rows = rows
    self.columns = columns
  }

  /// Some rows as floats.
  package func floats(rows range: Range<Int>, _ set: InstructionSet = .best) -> [Float] {
    let part = slice(range)
    return HalfFloats.floats(part.bytes, element: element, count: part.rows * columns, set)
  }

  /// All values as floats.
  package var floats: [Float] { floats(rows: 0..<rows) }
}

extension ByteView {
  /// A slice whose bounds the caller has made.
  fileprivate func part(_ offset: Int, _ length: Int) -> ByteView {
    guard let part = try? slice(offset, length) else { preconditionFailure("slice out of range") }
    return part
  }
}
