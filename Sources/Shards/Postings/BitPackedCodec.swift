package import Kernels

/// Gaps and impacts bit-packed with a width per block, in SIMD-BP128's layout; what does not fill a block as varints.
///
/// ```
/// full block    = gapWidth:u8  impactWidth:u8  gaps[16 * gapWidth]  (impacts[16 * impactWidth] | impact:f32[128])
/// partial block = gap:varint[count]  (impact:varint[count] | impact:f32[count])
/// ```
/// The first alternative is for integers, the second for floats, whose impactWidth is 32. Integer impacts are stored
/// less one, so that constant impacts of one take no bits. gapWidth is 0...32, impactWidth 0...16 for integers.
/// Example: a list of the documents 3 and 7 with impacts 1 and 200 is `04 04 00 c7 01`.
/// Source: Lemire and Boytsov, "Decoding billions of integers per second through vectorization", 2015.
package enum BitPackedCodec: PostingCodec {
  package static let name = "bitpacked128"
  private static let headerBytes = 2

  package static func encode(
    _ block: PostingBlock, after base: UInt32, kind: ImpactKind, into output: inout [UInt8]
  ) {
    let isWhole = kind == .integers
    if block.count == PostingBlock.capacity {
      PostingCoding.appendBlock(block.documents, block.impacts, after: base, isWhole: isWhole, to: &output)
    } else {
      PostingCoding.appendGaps(block.documents, in: 0..<block.count, after: base, to: &output)
      PostingCoding.appendImpacts(block.impacts, in: 0..<block.count, isWhole: isWhole, to: &output)
    }
  }

  package static func decodeDocuments(
    _ bytes: ByteView, count: Int, after base: UInt32, into documents: inout [UInt32]
  ) throws -> Int {
    guard count == PostingBlock.capacity else {
      let end = try VarintList.read(bytes, at: 0, count: count, into: &documents)
      PostingKernels.sumGaps(&documents, count: count, base: base)
      return end
    }
    let width = Int(try bytes.uint8(at: 0))
    guard width <= 32 else { throw VarintList.Malformed(offset: 0) }
    try BitPacking.unpackDeltas(bytes, at: headerBytes, width: width, base: base, into: &documents)
    return headerBytes + BitPacking.packedBytes(width: width)
  }

  package static func decodeImpacts(
    _ bytes: ByteView, at offset: Int, count: Int, kind: ImpactKind, into impacts: inout [Float]
  ) throws {
    guard kind == .integers else {
      return try PostingKernels.copyFloats(bytes, at: offset, count: count, into: &impacts)
    }
    guard count == PostingBlock.capacity else {
      _ = try PostingKernels.readImpacts(bytes, at: offset, count: count, into: &impacts)
      return
    }
    let width = Int(try bytes.uint8(at: 1))
    guard width <= 16 else { throw VarintList.Malformed(offset: 1) }
    try PostingKernels.unpackImpacts(bytes, at: offset, width: width, into: &impacts)
  }
}
