/// Lower case a code point at a time without looking around it: Java's `Character.toLowerCase(int)`, which is
/// UnicodeData.txt's simple mapping. So the final sigma is U+03C3 as any other, and U+0130 becomes `i` alone.
struct LowerCase: Sendable {
  /// Code point -> what to add to it.
  private let offsets: CodePointTable<Int32>

  static let shared = LowerCase()

  private init() {
    var packed = PackedTable(base64: LowerCaseTable.blocks)
    var offsets = [Int32](repeating: 0, count: 0x11_0000)
    var first = 0
    while !packed.isAtEnd {
      first += packed.number()
      let count = packed.number()
      let step = packed.number()
      let offset = Int32(packed.signed())
      for index in 0..<count { offsets[first + index * step] = offset }
    }
    for letter in UInt8(ascii: "A")...UInt8(ascii: "Z") { offsets[Int(letter)] = 32 }
    self.offsets = CodePointTable(offsets)
  }

  /// - Precondition: `point` is below 0x110000.
  func callAsFunction(_ point: UInt32) -> UInt32 {
    UInt32(bitPattern: Int32(bitPattern: point) + offsets[point])
  }
}
