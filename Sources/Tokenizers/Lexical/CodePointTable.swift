/// One value for every code point, in pages of 256 of which equal ones are kept once.
struct CodePointTable<Value: Hashable & Sendable>: Sendable {
  /// Code point / 256 -> page number, (4352)
  private let pageOf: [UInt8]
  /// Pages one after another, (pages * 256)
  private let values: [Value]

  /// - Precondition: `values` has 0x110000 elements on at most 256 different pages.
  init(_ values: [Value]) {
    precondition(values.count == 0x11_0000, "one value a code point")
    var numbers: [ArraySlice<Value>: UInt8] = [:]
    var pageOf: [UInt8] = []
    var kept: [Value] = []
    for start in stride(from: 0, to: values.count, by: 256) {
      let page = values[start..<start + 256]
      if let known = numbers[page] {
        pageOf.append(known)
      } else {
        precondition(numbers.count < 256, "more pages than a byte counts")
        numbers[page] = UInt8(numbers.count)
        pageOf.append(UInt8(numbers.count - 1))
        kept.append(contentsOf: page)
      }
    }
    self.pageOf = pageOf
    self.values = kept
  }

  /// - Precondition: `point` is below 0x110000.
  subscript(point: UInt32) -> Value {
    values[Int(pageOf[Int(point >> 8)]) << 8 | Int(point & 0xff)]
  }
}

extension CodePointTable<UInt8> {
  /// From runs of (value byte, LEB128 length) that cover all code points.
  init(runs: String) {
    var packed = PackedTable(base64: runs)
    var values: [UInt8] = []
    values.reserveCapacity(0x11_0000)
    while !packed.isAtEnd {
      let value = packed.byte()
      values.append(contentsOf: repeatElement(value, count: packed.number()))
    }
    self.init(values)
  }
}
