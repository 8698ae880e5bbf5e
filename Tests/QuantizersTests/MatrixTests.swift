import Quantizers
import Testing

@Suite struct MatrixTests {
  @Test func rowsAreCounted() { #expect(Matrix(values: [1, 2, 3, 4, 5, 6], columns: 3).rows == 2) }
}
