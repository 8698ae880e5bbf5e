import Kernels
import Testing

/// Bits, and the codes that are made of them.
@Suite struct BitCodeTests {
  @Test func whatIsWrittenIsRead() throws {
    var random = SystemRandomNumberGenerator()
    let values = (0..<500).map { _ -> (value: UInt64, bits: Int) in
      let bits = Int.random(in: 0...56, using: &random)
      return (UInt64.random(in: 0...UInt64.max, using: &random) & (1 << UInt64(bits) - 1), bits)
    }
    var (first, second) = (BitWriter(), BitWriter())
    for (value, bits) in values[..<250] { first.append(value, bits: bits) }
    for (value, bits) in values[250...] { second.append(value, bits: bits) }
    first.append(second)
    #expect(first.count == values.reduce(0) { $0 + $1.bits })
    var reader = BitReader(ByteView(first.padded))
    for (value, bits) in values { try #require(try reader.read(bits) == value) }
    #expect(reader.position == first.count)
    // What pads the last byte, and not a bit more.
    #expect(try reader.read(8 * first.padded.count - first.count) == 0)
    #expect(throws: ByteView.OutOfBounds.self) { try reader.read(1) }
  }

  @Test func riceCodesHoldAnyNumberAndTheFittedOneIsTheShortest() throws {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<50 {
      let most = UInt32.max >> UInt32.random(in: 0...31, using: &random)
      let values = (0..<100).map { _ in UInt32.random(in: 0...most, using: &random) } + [.max]
      func coded(_ code: RiceCode, _ values: [UInt32]) -> BitWriter {
        var bits = BitWriter()
        for value in values { code.append(value, to: &bits) }
        return bits
      }
      for width in RiceCode.widths {
        let bits = coded(RiceCode(width: width), values)
        var reader = BitReader(ByteView(bits.padded))
        for value in values { try #require(try RiceCode(width: width).read(&reader) == value) }
        #expect(reader.position == bits.count)
        #expect(coded(RiceCode(fitting: values), values).count <= bits.count)
      }
    }
  }

  @Test func prefixCodesAreReadAsTheyWereWrittenAlsoFromTheirLengths() throws {
    var random = SystemRandomNumberGenerator()
    // Skewed so that lengths reach their limit; one symbol alone; none.
    let counts: [[UInt64]] = [
      (0..<256).map { $0 < 60 ? 1 << UInt64($0 / 2) : 0 }, (0..<256).map { $0 == 77 ? 3 : 0 },
      [UInt64](repeating: 0, count: 256), (0..<256).map { _ in UInt64.random(in: 0...9, using: &random) },
    ]
    let written = PrefixCodes(counts: counts)
    let codes = try #require(PrefixCodes(lengths: written.lengths))
    let symbols = (0..<2000).compactMap { _ -> (code: Int, symbol: Int)? in
      let code = Int.random(in: 0..<counts.count, using: &random)
      let symbol = counts[code].indices.filter { counts[code][$0] > 0 }.randomElement(using: &random)
      return symbol.map { (code, $0) }
    }
    var bits = BitWriter()
    for (code, symbol) in symbols { written.append(symbol, code: code, to: &bits) }
    var reader = BitReader(ByteView(bits.padded))
    for (code, symbol) in symbols { try #require(try codes.read(code: code, &reader) == symbol) }
    #expect(reader.position == bits.count)
    // Nothing begins a code without symbols.
    var other = BitReader(ByteView([UInt8](repeating: 0x55, count: 8)))
    #expect(try codes.read(code: 2, &other) == nil)
    #expect(PrefixCodes(lengths: [UInt8](repeating: 1, count: 256)) == nil)
    #expect(PrefixCodes(lengths: [UInt8](repeating: 12, count: 256)) == nil)
  }
}
