import Kernels
import Testing

@Suite struct FloatBufferTests {
  @Test func oneValueThatIsNotFiniteIsSeenWhereverItIs() {
    for count in [1, 15, 16, 17, 32, 67] {
      for bad in [Float.infinity, -.infinity, .nan] {
        for place in 0..<count {
          let buffer = FloatBuffer((0..<count).map { Float($0) * 1e30 }, columns: 1)
          #expect(buffer.isFinite)
          buffer[place, 0] = bad
          #expect(!buffer.isFinite, "\(bad) at \(place) of \(count)")
        }
      }
    }
    #expect(FloatBuffer(rows: 0, columns: 3).isFinite)
  }

  @Test func appendedRowsFollow() {
    let buffer = FloatBuffer(capacity: 3, columns: 2)
    #expect(buffer.rows == 0 && buffer.columns == 2)
    buffer.append(FloatBuffer([1, 2], columns: 2))
    buffer.append(FloatBuffer(rows: 0, columns: 2))
    buffer.append(FloatBuffer([3, 4, 5, 6], columns: 2))
    #expect(buffer.values == [1, 2, 3, 4, 5, 6])
  }

  @Test func keptRowsMoveUp() {
    let buffer = FloatBuffer((0..<18).map { Float($0) }, columns: 3)
    buffer.keep(rows: [0, 3, 5])
    #expect(buffer.values == [0, 1, 2, 9, 10, 11, 15, 16, 17])
    buffer.keep(rows: [])
    #expect(buffer.rows == 0 && buffer.columns == 3)
  }

  @Test func rowsAndPlacesAreFilled() {
    let buffer = FloatBuffer(rows: 3, columns: 4)
    buffer.fill(rows: 1..<2, with: 7)
    buffer.fill(row: 2, columns: [3, 0, 3], with: -1)
    #expect(buffer.values == [0, 0, 0, 0, 7, 7, 7, 7, -1, 0, 0, -1])
  }

  @Test(arguments: [0, 1, 31, 32, 33, 64, 100]) func maximaAreThoseOfTheBlocks(_ count: Int) {
    let values: [Float] = (0..<count).map { place in place % 7 == 3 ? Float.nan : Float(place * 37 % 101) - 50 }
    var expected: [Float] = []
    for start in stride(from: 0, to: count, by: BlockMaxima.size) {
      let block = values[start..<min(start + BlockMaxima.size, count)]
      expected.append(block.filter { !$0.isNaN }.max() ?? -Float.infinity)
    }
    #expect(BlockMaxima.of(values.span) == expected)
    #expect(BlockMaxima.of([Float](repeating: .nan, count: count).span).allSatisfy { $0 == -.infinity })
  }
}
