import Kernels
import Shards
import Testing

@Suite struct IDSorterTests {
  struct Record: Equatable {
    let id: [UInt8]
    let number: UInt64
  }

  @Test func anyMemoryGivesTheOrderOfASort() throws {
    var random = SeededGenerator.make()
    for round in 0..<20 {
      let records = (0..<Int.random(in: 0...5000, using: &random)).map { number in
        Record(
          id: random.bytes(Int.random(in: 0...(round < 10 ? 12 : 40), using: &random), below: round % 2 == 0 ? 2 : 256),
          number: UInt64(number) << UInt64.random(in: 0...40, using: &random))
      }
      let expected = records.sorted { left, right in
        left.id == right.id ? left.number < right.number : left.id.lexicographicallyPrecedes(right.id)
      }
      for memory in [0, 1 << 16, 1 << 24] {
        try Fixture.withFolder { folder in
          let sorter = IDSorter(folder: folder, name: "test", memory: memory)
          for record in records { try sorter.add(record.id[...], number: record.number) }
          var sorted: [Record] = []
          try sorter.drain { sorted.append(Record(id: $0, number: $1)) }
          #expect(sorted == expected)
          #expect(try FileSystem.list(folder) == [])
        }
      }
    }
  }

  @Test func anIDLargerThanTheMemoryIsSorted() throws {
    try Fixture.withFolder { folder in
      let sorter = IDSorter(folder: folder, name: "test", memory: 0)
      let large = [UInt8](repeating: 9, count: 1 << 20)
      for number in 0..<5 { try sorter.add((large + [UInt8(4 - number)])[...], number: UInt64(number)) }
      var order: [UInt64] = []
      try sorter.drain { id, number in
        #expect(id.count == large.count + 1)
        order.append(number)
      }
      #expect(order == [4, 3, 2, 1, 0])
    }
  }

  @Test func duplicatesAreThoseOfADictionary() throws {
    var random = SeededGenerator.make()
    for _ in 0..<20 {
      let ids = (0..<3000).map { _ in random.bytes(Int.random(in: 0...4, using: &random), below: 6) }
      var first: [[UInt8]: UInt64] = [:]
      var expected: [DuplicateFinder.Duplicate] = []
      for (number, id) in ids.enumerated() {
        if let known = first[id] {
          expected.append(.init(document: UInt64(number), first: known))
        } else {
          first[id] = UInt64(number)
        }
      }
      for memory in [0, 1 << 24] {
        try Fixture.withFolder { folder in
          let finder = DuplicateFinder(folder: folder, memory: memory)
          for number in ids.indices.shuffled(using: &random) {
            try finder.add(ids[number][...], document: UInt64(number))
          }
          #expect(try finder.finish() == expected)
          #expect(try FileSystem.list(folder) == [])
        }
      }
    }
  }

  @Test func aSampleDependsOnTheContentOnly() throws {
    var random = SeededGenerator.make()
    let ids = (0..<5000).map { Array("\($0)".utf8) }
    func sample(_ order: [Int], parts: Int) -> [[UInt8]] {
      var samples = (0..<parts).map { _ in TextSample(seed: 1, capacity: 100, prefixBytes: 3) }
      for (index, number) in order.enumerated() {
        samples[index % parts].offer(id: ids[number][...], text: ids[number][...])
      }
      var whole = TextSample(seed: 1, capacity: 100, prefixBytes: 3)
      for part in samples { whole.merge(part) }
      return whole.texts()
    }
    let expected = sample(Array(ids.indices), parts: 1)
    #expect(expected.count == 100 && expected.allSatisfy { $0.count <= 3 })
    for parts in [1, 2, 7] {
      #expect(sample(Array(ids.indices).shuffled(using: &random), parts: parts) == expected)
    }
  }
}
