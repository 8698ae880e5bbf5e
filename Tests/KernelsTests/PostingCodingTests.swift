import Kernels
import Testing

/// The kernels that an index is written with, against what they promise, put plainly.
@Suite struct PostingCodingTests {
  private func varint(_ value: UInt32) -> [UInt8] {
    value < 0x80 ? [UInt8(value)] : [UInt8(truncatingIfNeeded: value) | 0x80] + varint(value >> 7)
  }

  private func ascending(_ count: Int, gaps: ClosedRange<UInt32>) -> [UInt32] {
    var last: UInt32 = 0
    return (0..<count).map { _ in
      last += UInt32.random(in: gaps)
      return last
    }
  }

  @Test(arguments: [0, 1, 7, 8, 9, 127, 128, 129, 400]) func varintsAreLEB128AndComeBack(count: Int) throws {
    for limit in [0x7f, 0x3fff, UInt32.max] as [UInt32] {
      let values = (0..<count).map { _ in UInt32.random(in: 0...limit) }
      var bytes: [UInt8] = [9]
      VarintList.append(values, in: 0..<count, to: &bytes)
      #expect(bytes == [9] + values.flatMap(varint))
      var back = [UInt32](repeating: 0, count: max(count, 1))
      #expect(try VarintList.read(ByteView(bytes), at: 1, count: count, into: &back) == bytes.count)
      #expect(Array(back[..<count]) == values)
      guard count > 0 else { continue }
      #expect(throws: VarintList.Malformed.self) {
        try VarintList.read(ByteView(Array(bytes.dropLast())), at: 1, count: count, into: &back)
      }
    }
  }

  @Test func aVarintOfSixBytesIsMalformedBetweenShortOnes() {
    let bytes: [UInt8] = [1, 2, 3, 0x80, 0x80, 0x80, 0x80, 0x80, 1, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]
    var values = [UInt32](repeating: 0, count: 12)
    #expect(throws: VarintList.Malformed.self) {
      try VarintList.read(ByteView(bytes), at: 0, count: 12, into: &values)
    }
  }

  @Test(arguments: [1, 5, 128, 300]) func gapsAndImpactsAreDifferencesAndCodes(count: Int) {
    let documents = ascending(count, gaps: 1...5000)
    let impacts = (0..<count).map { _ in Float(UInt16.random(in: 1...65535)) }
    for last in [UInt32.max, 0] {
      var bytes: [UInt8] = []
      PostingCoding.appendGaps(documents, in: 0..<count, after: last, to: &bytes)
      PostingCoding.appendImpacts(impacts, in: 0..<count, isWhole: true, to: &bytes)
      let gaps = zip(documents, [last] + documents).map { $0 &- $1 }
      #expect(bytes == gaps.flatMap(varint) + impacts.flatMap { varint(UInt32($0) - 1) })
    }
    var floats: [UInt8] = []
    PostingCoding.appendImpacts(impacts, in: 0..<count, isWhole: false, to: &floats)
    let bytes = impacts.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> ($0 * 8)) } }
    #expect(floats == bytes)
  }

  @Test(arguments: [1 as UInt32, 3, 70000]) func aBlockIsItsWidthsAndTwoPackings(gap: UInt32) {
    let documents = ascending(128, gaps: 1...gap)
    let impacts = (0..<128).map { _ in Float(UInt16.random(in: 1...300)) }
    let gaps = zip(documents, [UInt32.max] + documents).map { $0 &- $1 }
    let codes = impacts.map { UInt32($0) - 1 }
    let widths = (BitPacking.width(of: gaps), BitPacking.width(of: codes))
    var expected = [UInt8(widths.0), UInt8(widths.1)]
    BitPacking.pack(gaps, width: widths.0, into: &expected)
    BitPacking.pack(codes, width: widths.1, into: &expected)
    var bytes: [UInt8] = []
    PostingCoding.appendBlock(documents, impacts, after: .max, isWhole: true, to: &bytes)
    #expect(bytes == expected)
  }

  @Test(arguments: [0, 1, 50, 199]) func theFirstPostingThatDoesNotFitIsFound(place: Int) {
    let documents = ascending(200, gaps: 1...9)
    let impacts = [Float](repeating: 7, count: 200)
    func unfit(_ documents: [UInt32], _ impacts: [Float], _ isWhole: Bool = true, total: Int = 1 << 20) -> Int? {
      PostingCoding.firstUnfit(documents, impacts, in: 0..<200, after: .max, total: total, isWhole: isWhole)
    }
    #expect(unfit(documents, impacts) == nil)
    #expect(unfit(documents, impacts, total: Int(documents[place])) == place)
    for wrong in [0, -3, 0.5, 65536, 1e20, .nan, .infinity, -.infinity] as [Float] {
      var impacts = impacts
      impacts[place] = wrong
      #expect(unfit(documents, impacts) == place, "\(wrong)")
      #expect(unfit(documents, impacts, false) == (wrong.isFinite ? nil : place), "\(wrong)")
    }
    guard place > 0 else { return }
    var twice = documents
    twice[place] = twice[place - 1]
    #expect(unfit(twice, impacts) == place)
    let unordered = PostingCoding.firstUnfit(
      documents, impacts, in: place..<200, after: documents[place], total: 1 << 20, isWhole: true)
    #expect(unordered == place)
  }

  @Test func inversionIsASortByTermThenDocument() {
    let terms: [UInt32] = (0..<500).map { _ in UInt32.random(in: 0..<40) }
    let whole = (0..<500).map { _ in UInt16.random(in: 0...3) }
    let offsets = [0] + (0..<19).map { _ in UInt32.random(in: 0...500) }.sorted() + [500]
    let order = (0..<40 as Range<UInt32>).shuffled()
    let document = { (posting: Int) in UInt32(offsets.lastIndex { $0 <= posting }!) }
    let integers = InvertedPostings(offsets: offsets, terms: terms, impacts: whole, order: order)
    let floats = InvertedPostings(offsets: offsets, terms: terms, impacts: whole.map(Float.init), order: order)
    for (inverted, keepsZeros) in [(integers, false), (floats, true)] {
      let expected = order.map { term in
        terms.indices.filter { terms[$0] == term && (keepsZeros || whole[$0] > 0) }
      }
      #expect(inverted.documents == expected.joined().map(document))
      #expect(inverted.impacts == expected.joined().map { Float(whole[$0]) })
      var end = 0
      for (term, postings) in zip(order, expected) {
        end += postings.count
        #expect(Int(inverted.ends[Int(term)]) == end)
      }
    }
  }
}
