import Kernels
import Testing

@Suite struct PostingKernelTests {
  private struct Lists {
    var documents: [[UInt32]] = []
    var impacts: [[Float]] = []
    var spool: [UInt8] = []
    var starts: [UInt64] = [0]

    mutating func add(_ documents: [UInt32], _ impacts: [Float]) {
      self.documents.append(documents)
      self.impacts.append(impacts)
      FittedModel.spool(documents, impacts, in: 0..<documents.count, after: .max, into: &spool)
      starts.append(UInt64(spool.count))
    }

    func fit(documentCount: Int) -> (model: FittedModel, classes: [UInt8]) {
      FittedModel.fit(
        spool: ByteView(spool), starts: starts, frequencies: documents.map { UInt32($0.count) },
        documentCount: documentCount)
    }
  }

  /// Lists of all lengths and densities, impacts of all sizes, some constant.
  private func lists(_ random: inout SystemRandomNumberGenerator) -> Lists {
    var lists = Lists()
    for _ in 0..<60 {
      let count = Int.random(in: 1...900, using: &random)
      let gap = UInt32(1) << UInt32.random(in: 0...20, using: &random)
      let most = Float(1 << Int.random(in: 0...16, using: &random))
      var document = UInt32.max
      let documents = (0..<count).map { _ -> UInt32 in
        document &+= UInt32.random(in: 1...gap, using: &random)
        return document
      }
      lists.add(documents, documents.map { _ in min(Float.random(in: 1...most, using: &random).rounded(), 65535) })
    }
    return lists
  }

  @Test func whatIsCodedIsDecodedAlsoByAModelThatWasStored() throws {
    var random = SystemRandomNumberGenerator()
    let lists = lists(&random)
    let count = 1 << 30
    let (fitted, classes) = lists.fit(documentCount: count)
    let model = try #require(FittedModel(fitted.bytes, documentCount: count))
    for index in lists.documents.indices {
      let frequency = lists.documents[index].count
      let list = model.encode(
        ByteView(lists.spool), at: Int(lists.starts[index]), frequency: frequency, impactClass: classes[index])
      var documents = [UInt32](repeating: 0, count: frequency)
      var impacts = [Float](repeating: 0, count: frequency)
      var (place, start, base) = (0, 0, UInt32.max)
      for block in list.lasts.indices {
        let size = min(FittedModel.blockLength, frequency - start)
        let bytes = try ByteView(list.bytes).slice(place, Int(list.lengths[block]))
        try #require(
          model.decode(
            bytes, count: size, after: base, frequency: frequency, impactClass: classes[index], into: &documents,
            &impacts, at: start))
        #expect(documents[start + size - 1] == list.lasts[block])
        #expect(impacts[start..<start + size].max() == Float(list.maxima[block]))
        base = list.lasts[block]
        place += bytes.count
        start += size
      }
      try #require(documents == lists.documents[index] && impacts == lists.impacts[index])
    }
  }

  @Test func anyBytesAreDecodedOrRefused() throws {
    var random = SystemRandomNumberGenerator()
    let lists = lists(&random)
    let (model, _) = lists.fit(documentCount: 1000)
    var documents = [UInt32](repeating: 0, count: FittedModel.blockLength)
    var impacts = [Float](repeating: 0, count: FittedModel.blockLength)
    for _ in 0..<2000 {
      let bytes = (0..<Int.random(in: 0...600, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
      _ = model.decode(
        ByteView(bytes), count: FittedModel.blockLength, after: 7, frequency: Int.random(in: 1...2000, using: &random),
        impactClass: UInt8.random(in: 0...255, using: &random), into: &documents, &impacts, at: 0)
    }
    var stored = model.bytes
    for _ in 0..<2000 {
      let place = Int.random(in: 0..<stored.count, using: &random)
      let before = stored[place]
      stored[place] = UInt8.random(in: 0...255, using: &random)
      _ = FittedModel(stored, documentCount: 1000)
      _ = FittedModel(Array(stored[..<place]), documentCount: 1000)
      stored[place] = before
    }
  }

  /// Short lists stand one behind the other, beginning at any bit.
  @Test func shortListsAreDecodedFromWhereTheyBegin() throws {
    var random = SystemRandomNumberGenerator()
    let lists = lists(&random)
    let count = 1 << 30
    let (model, classes) = lists.fit(documentCount: count)
    let short = lists.documents.indices.filter { lists.documents[$0].count <= FittedModel.blockLength }
    var bits = BitWriter()
    bits.append(5, bits: 3)
    let places = short.map { index in
      let place = bits.count
      let list = model.encodeShort(
        ByteView(lists.spool), at: Int(lists.starts[index]), frequency: lists.documents[index].count,
        impactClass: classes[index])
      bits.append(list.bytes, bits: list.bits)
      return place
    }
    let bytes = ByteView(bits.padded)
    for (index, place) in zip(short, places) {
      let frequency = lists.documents[index].count
      var documents = [UInt32](repeating: 0, count: frequency)
      var impacts = [Float](repeating: 0, count: frequency)
      let end = model.decodeShort(
        bytes, at: place, frequency: frequency, impactClass: classes[index], into: &documents, &impacts)
      try #require(documents == lists.documents[index] && impacts == lists.impacts[index])
      if let next = places.first(where: { $0 > place }) { #expect(end == next) }
    }
  }

  @Test func anyBitsAreAShortListOrRefused() throws {
    var random = SystemRandomNumberGenerator()
    let lists = lists(&random)
    let (model, _) = lists.fit(documentCount: 1 << 30)
    var documents = [UInt32](repeating: 0, count: FittedModel.blockLength)
    var impacts = [Float](repeating: 0, count: FittedModel.blockLength)
    for _ in 0..<2000 {
      let bytes = (0..<Int.random(in: 0...600, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
      let frequency = Int.random(in: 1...FittedModel.blockLength, using: &random)
      let end = model.decodeShort(
        ByteView(bytes), at: Int.random(in: 0...100, using: &random), frequency: frequency,
        impactClass: UInt8.random(in: 0...255, using: &random), into: &documents, &impacts)
      guard let end else { continue }
      #expect(end <= 8 * bytes.count)
      #expect(zip(documents[..<frequency], documents[..<frequency].dropFirst()).allSatisfy { $0 < $1 })
      #expect(documents[frequency - 1] < 1 << 30)
    }
  }

  /// Gaps whose sum is above 2^32 do not begin anew.
  @Test func documentsThatNoShardHasAreRefused() throws {
    let documents: [UInt32] = [0xf000_0000, 5, 9]
    var fitting = Lists()
    fitting.add(documents, [1, 2, 65535])
    fitting.add([3, 0xffff_fff0], [65535, 1])
    let (model, classes) = FittedModel.fit(
      spool: ByteView(fitting.spool), starts: fitting.starts, frequencies: [3, 2], documentCount: Int(UInt32.max) - 1)
    for index in 0..<2 {
      let frequency = fitting.documents[index].count
      let start = Int(fitting.starts[index])
      let block = model.encode(
        ByteView(fitting.spool), at: start, frequency: frequency, impactClass: classes[index])
      let short = model.encodeShort(
        ByteView(fitting.spool), at: start, frequency: frequency, impactClass: classes[index])
      var decoded = [UInt32](repeating: 0, count: 3)
      var impacts = [Float](repeating: 0, count: 3)
      let isRead = model.decode(
        ByteView(block.bytes), count: frequency, after: .max, frequency: frequency, impactClass: classes[index],
        into: &decoded, &impacts, at: 0)
      let end = model.decodeShort(
        ByteView(short.bytes), at: 0, frequency: frequency, impactClass: classes[index], into: &decoded,
        &impacts)
      #expect(isRead == (index == 1))
      #expect((end != nil) == (index == 1))
    }
  }

  @Test func bisectionBringsTogetherWhatHasTermsInCommon() throws {
    // Two subjects by turns: documents of one have terms 0...19, of the other 20...39.
    var terms: [UInt8] = []
    var offsets: [UInt64] = [0]
    for document in 0..<400 {
      for term in 0..<20 where (document * 7 + term * 3) % 5 < 2 {
        let number = UInt32(document % 2 * 20 + term)
        terms += (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
      }
      offsets.append(UInt64(terms.count / 4))
    }
    let bisection = try DocumentBisection(terms: ByteView(terms), offsets: offsets, termCount: 40)
    let order = bisection.order()
    #expect(order.sorted() == (0..<400).map { UInt32($0) })
    #expect(bisection.order() == order)
    let changes = zip(order, order.dropFirst()).count { $0 % 2 != $1 % 2 }
    // 399 times before; not once only, because exchanging halves that are alike gains nothing at first.
    #expect(changes < 100, "subjects alternate \(changes) times")
    #expect(throws: ByteView.OutOfBounds.self) {
      try DocumentBisection(terms: ByteView(terms), offsets: offsets, termCount: 39)
    }
  }
}
