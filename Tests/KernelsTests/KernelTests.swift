import Kernels
import Testing

@Suite struct KernelTests {
  @Test func checksumsAreThoseOfRFC3720() {
    #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8a91_36aa)
    #expect(CRC32C.checksum([UInt8](repeating: 0xff, count: 32)) == 0x62a8_ab43)
    #expect(CRC32C.checksum(Array(0..<32)) == 0x46dd_794e)
    #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xe306_9283)
  }

  @Test func everyChecksumKernelEqualsThePortableOneAtEveryLengthAndSplit() {
    var generator = SystemRandomNumberGenerator()
    for length in 0..<300 {
      let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
      let whole = CRC32C.checksum(bytes)
      #expect(whole == CRC32C.portableChecksum(bytes))
      let cut = length / 3
      #expect(whole == CRC32C.checksum(bytes[cut...], continuing: CRC32C.checksum(bytes[..<cut])))
      #expect(whole == CRC32C.checksum(ByteView(bytes)))
    }
  }

  @Test(arguments: 0...32) func blocksPackAndUnpackAtEveryWidth(width: Int) throws {
    for _ in 0..<20 {
      let values = (0..<128).map { _ in width == 0 ? 0 : UInt32.random(in: 0...UInt32.max) >> UInt32(32 - width) }
      var packed: [UInt8] = [7]
      BitPacking.pack(values, width: width, into: &packed)
      #expect(packed.count == 1 + BitPacking.packedBytes(width: width))
      var back = [UInt32](repeating: 1, count: 128)
      try BitPacking.unpack(ByteView(packed), at: 1, width: width, into: &back)
      #expect(back == values)
      try BitPacking.unpackDeltas(ByteView(packed), at: 1, width: width, base: 5, into: &back)
      var sum: UInt32 = 5
      #expect(
        back
          == values.map {
            sum &+= $0
            return sum
          })
    }
  }

  @Test func aTruncatedBlockIsAnErrorNotACrash() {
    var values = [UInt32](repeating: 0, count: 128)
    #expect(throws: ByteView.OutOfBounds.self) {
      try BitPacking.unpack(ByteView([UInt8](repeating: 0, count: 47)), at: 0, width: 3, into: &values)
    }
  }

  @Test func compressedBlocksComeBack() throws {
    let text = Array(String(repeating: "the boundary layer of a flat plate ", count: 200).utf8)
    for bytes in [[], [1], text] as [[UInt8]] {
      #expect(try LZ4Block.decompress(ByteView(LZ4Block.compress(bytes)), length: bytes.count) == bytes)
      let frame = ZstdCompressor().compress(bytes)
      #expect(try ZstdDecompressor().decompress(ByteView(frame), limit: 1 << 20) == bytes)
    }
  }

  @Test func damagedFramesAreErrors() throws {
    let text = Array(String(repeating: "the boundary layer of a flat plate ", count: 200).utf8)
    let frame = ZstdCompressor().compress(text)
    for bit in 0..<(frame.count * 8) {
      var damaged = frame
      damaged[bit / 8] ^= 1 << UInt8(bit % 8)
      let result = try? ZstdDecompressor().decompress(ByteView(damaged), limit: 1 << 20)
      // A few bits of a frame's header carry no meaning; whatever decodes must be the text.
      #expect(result == nil || result == text)
    }
    #expect(throws: (any Error).self) { try ZstdDecompressor().decompress(ByteView(frame), limit: text.count - 1) }
    #expect(throws: (any Error).self) {
      try LZ4Block.decompress(ByteView(Array(LZ4Block.compress(text).dropLast())), length: text.count)
    }
  }

  @Test func dictionariesMakeSmallTextsSmaller() throws {
    let samples = (0..<2000).map { Array("passage \($0 &* 7919) about the flow over a wing at mach \($0 % 13)".utf8) }
    let dictionary = ZstdDictionary.train(samples: samples, capacity: 4096)
    #expect(!dictionary.isEmpty)
    let plain = ZstdCompressor().compress(samples[7])
    let with = ZstdCompressor(dictionary: dictionary).compress(samples[7])
    #expect(with.count < plain.count)
    #expect(try ZstdDecompressor(dictionary: dictionary).decompress(ByteView(with), limit: 1000) == samples[7])
    #expect(throws: (any Error).self) { try ZstdDecompressor().decompress(ByteView(with), limit: 1000) }
  }
}
