import Kernels
import Testing

/// Sums are fused and go up from the first element, with and without vectors: what is fitted does not depend on the
/// processor.
@Suite struct ClusterKernelTests {
  /// Points, dimension, centroids or columns.
  private static let shapes = [
    (1, 1, 1), (3, 2, 5), (21, 4, 40), (33, 7, 256), (18, 8, 17), (35, 24, 100), (70, 96, 33),
    (85, 2, 17), (53, 3, 40), (119, 4, 256), (64, 6, 31), (87, 8, 100),
  ]

  private func bits(_ values: [Float]) -> [UInt32] { values.map(\.bitPattern) }

  private func dot(_ left: [Float], _ right: [Float], from start: Float = 0) -> Float {
    zip(left, right).reduce(start) { $0.addingProduct($1.0, $1.1) }
  }

  private func rows(_ values: [Float], _ width: Int) -> [[Float]] {
    stride(from: 0, to: values.count, by: width).map { Array(values[$0..<$0 + width]) }
  }

  @Test(arguments: shapes) func theNearestIsThatOfTheDefinitionBitForBit(count: Int, dimension: Int, centroids: Int) {
    var numbers = MathKernelTests.Numbers()
    let points = numbers.floats(count * dimension)
    let centers = numbers.floats(centroids * dimension)
    var nearest = [UInt32](repeating: 0, count: count)
    var values = [Float](repeating: 0, count: count)
    ClusterKernels.nearest(
      .init(FloatStorage(points), start: 0, count: count, stride: dimension),
      VectorPanels(rows: centers, dimension: dimension), into: &nearest, &values)
    for (index, point) in rows(points, dimension).enumerated() {
      let scores = rows(centers, dimension).map { dot(point, $0, from: -dot($0, $0) / 2) }
      let best = scores.max() ?? 0
      #expect(nearest[index] == UInt32(scores.firstIndex(of: best) ?? 0))
      #expect(values[index].bitPattern == best.bitPattern)
    }
  }

  @Test func reconstructedRowsAreTheirCentroids() {
    let target = FloatStorage(count: 4 * 5)
    ClusterKernels.reconstruct(
      [1, 2, 3, 4, 5, 6], dimension: 2, nearest: [9, 2, 0, 1, 2][1...],
      into: .init(target, start: 0, count: 4, stride: 5, column: 3))
    #expect(rows(target.copy(0, 20), 5) == [[0, 0, 0, 5, 6], [0, 0, 0, 1, 2], [0, 0, 0, 3, 4], [0, 0, 0, 5, 6]])
    let part = FloatStorage(count: 4 * 2)
    ClusterKernels.copy(
      .init(target, start: 0, count: 4, stride: 5, column: 2), dimension: 2,
      into: .init(part, start: 0, count: 4, stride: 2))
    #expect(rows(part.copy(0, 8), 2) == [[0, 5], [0, 1], [0, 3], [0, 5]])
  }

  @Test(arguments: shapes) func productsAreThoseOfTheDefinitionBitForBit(count: Int, dimension: Int, columns: Int) {
    var numbers = MathKernelTests.Numbers()
    let points = numbers.floats(count * dimension)
    let others = numbers.floats(columns * dimension)
    let product = FloatStorage(count: count * columns)
    let left = ClusterKernels.Rows(FloatStorage(points), start: 0, count: count, stride: dimension)
    ClusterKernels.multiply(
      left, VectorPanels(rows: others, dimension: dimension),
      into: .init(product, start: 0, count: count, stride: columns))
    let expected = rows(points, dimension).flatMap { point in rows(others, dimension).map { dot(point, $0) } }
    #expect(bits(product.copy(0, count * columns)) == bits(expected))
    let gram = FloatStorage(count: dimension * dimension)
    ClusterKernels.gram(
      left, columns: 0..<dimension, left, width: dimension,
      into: .init(gram, start: 0, count: dimension, stride: dimension))
    let turned = (0..<dimension).map { column in rows(points, dimension).map { $0[column] } }
    let squares = turned.flatMap { one in turned.map { dot(one, $0) } }
    #expect(bits(gram.copy(0, dimension * dimension)) == bits(squares))
  }

  @Test func dotProductsHaveTheBitsOfThePortableKernel() {
    var numbers = MathKernelTests.Numbers()
    for length in 0..<200 {
      let (left, right) = (numbers.floats(length), numbers.floats(length))
      #expect(VectorKernels.dot(left, right).bitPattern == VectorKernels.portableDot(left, right).bitPattern)
    }
  }
}
