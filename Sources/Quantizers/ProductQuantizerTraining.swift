internal import Foundation
internal import Kernels

/// Learns a product quantizer from a sample: the rotation and the codebooks in turns, each the best for the other.
///
/// Begins with the principal axes, dealt to the parts so that the products of their variances are alike (Ge et al., 2013,
/// 3.2); from there a few rounds do what takes fifty from a random rotation. A round is one step of k-means in every
/// part, then the rotation that brings the sample nearest to its reconstruction (Procrustes). Seeded, and the same bits
/// whatever the threads.
package struct ProductQuantizerTraining: Sendable {
  package struct Settings: Sendable {
    /// Whether a rotation is learnt; without one the vectors are cut as they are.
    package var rotates = true
    /// Rounds of codebooks and rotation.
    package var rounds = 12
    /// Steps of k-means before the first round, and after the last.
    package var firstSteps = 6
    package var lastSteps = 12
    package var seed: UInt64 = 1234
    package var threads = 1

    package init() {}
  }

  private let shape: ProductQuantizer.Shape
  private let settings: Settings
  private let count: Int
  /// (count, dimension): the sample.
  private let sample: FloatStorage
  /// (parts, count, partDimension): the sample rotated. Part by part, for k-means goes through one part again and again,
  /// and in rows of whole vectors each of its few floats would bring a line of the cache along.
  private let rotated: FloatStorage

  /// Rows of which all that is made on the way stays in the second cache.
  private static let rowsAtOnce = 256

  /// Bytes that training needs a vector of the sample, about: the caller's, the centred and the rotated one.
  package static func bytesPerVector(dimension: Int) -> Int { 3 * 4 * dimension + 16 }

  /// - Parameter sample: (vectors, dimension), at least one vector.
  package static func train(
    _ sample: [Float], shape: ProductQuantizer.Shape, settings: Settings = Settings()
  ) -> ProductQuantizer {
    precondition(!sample.isEmpty && sample.count % shape.dimension == 0)
    let mean = settings.rotates ? Self.mean(sample, shape.dimension) : [Float](repeating: 0, count: shape.dimension)
    return ProductQuantizerTraining(sample, mean: mean, shape, settings).run(mean: mean)
  }

  private init(_ sample: [Float], mean: [Float], _ shape: ProductQuantizer.Shape, _ settings: Settings) {
    self.shape = shape
    self.settings = settings
    count = sample.count / shape.dimension
    self.sample = FloatStorage(sample)
    for index in sample.indices { self.sample[index] = sample[index] - mean[index % shape.dimension] }
    rotated = FloatStorage(count: sample.count)
  }

  private static func mean(_ sample: [Float], _ dimension: Int) -> [Float] {
    var sums = [Double](repeating: 0, count: dimension)
    for index in sample.indices { sums[index % dimension] += Double(sample[index]) }
    return sums.map { Float($0 / Double(sample.count / dimension)) }
  }

  private func run(mean: [Float]) -> ProductQuantizer {
    var rotation = settings.rotates ? principalRotation() : SquareMatrix.identity(shape.dimension)
    rotate(by: rotation)
    var books = (0..<shape.parts).map { part in means(part).start(seed: settings.seed &+ UInt64(part)) }
    step(&books, settings.firstSteps)
    if settings.rotates {
      for _ in 0..<settings.rounds {
        rotation = nearestRotation(rotation, codes: codes(books), books)
        rotate(by: rotation)
        step(&books, 1)
      }
    }
    step(&books, settings.lastSteps)
    // The sample was centred for the rotation's sake; the codebooks are for vectors as they are.
    let center = FloatStorage(count: shape.dimension)
    ClusterKernels.multiply(
      .init(FloatStorage(mean), start: 0, count: 1, stride: shape.dimension),
      VectorPanels(rows: rotation, dimension: shape.dimension),
      into: .init(center, start: 0, count: 1, stride: shape.dimension))
    var codebooks: [Float] = []
    codebooks.reserveCapacity(shape.clusters * shape.dimension)
    for (part, book) in books.enumerated() {
      for index in book.indices {
        codebooks.append(book[index] + center[part * shape.partDimension + index % shape.partDimension])
      }
    }
    return ProductQuantizer(shape: shape, rotation: rotation, codebooks: codebooks)
  }

  private func means(_ part: Int) -> KMeans {
    KMeans(
      points: .init(rotated, start: part * count, count: count, stride: shape.partDimension),
      dimension: shape.partDimension, clusters: shape.clusters, threads: 1)
  }

  /// Some steps of k-means in every part.
  private func step(_ books: inout [[Float]], _ steps: Int) {
    let before = books
    books = Parallel.results(shape.parts, threads: settings.threads) { part in
      means(part).train(from: before[part], iterations: steps)
    }
  }

  /// (parts, count): the codes of the rotated sample.
  private func codes(_ books: [[Float]]) -> [[UInt32]] {
    Parallel.results(shape.parts, threads: settings.threads) { means($0).assign(to: books[$0]).nearest }
  }

  private func rotate(by rotation: [Float]) {
    let panels = VectorPanels(rows: rotation, dimension: shape.dimension)
    let blocks = (count + Self.rowsAtOnce - 1) / Self.rowsAtOnce
    Parallel.forEach(blocks, threads: settings.threads) { block in
      let start = block * Self.rowsAtOnce
      let rows = min(Self.rowsAtOnce, count - start)
      let whole = FloatStorage(count: rows * shape.dimension)
      let result = ClusterKernels.Rows(whole, start: 0, count: rows, stride: shape.dimension)
      ClusterKernels.multiply(
        .init(sample, start: start, count: rows, stride: shape.dimension), panels, into: result)
      for part in 0..<shape.parts {
        ClusterKernels.copy(
          result.columns(from: part * shape.partDimension), dimension: shape.partDimension,
          into: .init(rotated, start: part * count + start, count: rows, stride: shape.partDimension))
      }
    }
  }

  /// (dimension, dimension) = decoded^T x sample, where row i of `decoded` is what the codes of vector i stand for: summed
  /// vector by vector.
  private func reconstructionProduct(_ codes: [[UInt32]], _ books: [[Float]]) -> [Float] {
    let (n, width) = (shape.dimension, shape.partDimension)
    let target = FloatStorage(count: n * n)
    // Parts that one thread takes at a time: some 32 columns of `decoded`.
    let group = max(1, 32 / width)
    Parallel.forEach((shape.parts + group - 1) / group, threads: settings.threads) { block in
      let parts = block * group..<min((block + 1) * group, shape.parts)
      let columns = parts.count * width
      let decoded = FloatStorage(count: Self.rowsAtOnce * columns)
      for start in stride(from: 0, to: count, by: Self.rowsAtOnce) {
        let rows = min(Self.rowsAtOnce, count - start)
        let left = ClusterKernels.Rows(decoded, start: 0, count: rows, stride: columns)
        for part in parts {
          ClusterKernels.reconstruct(
            books[part], dimension: width, nearest: codes[part][start..<start + rows],
            into: left.columns(from: (part - parts.lowerBound) * width))
        }
        ClusterKernels.gram(
          left, columns: 0..<columns, .init(sample, start: start, count: rows, stride: n), width: n,
          into: .init(target, start: parts.lowerBound * width, count: columns, stride: n))
      }
    }
    return target.values
  }

  /// The rotation that brings the sample nearest to what its codes stand for: the orthogonal polar factor of
  /// (rotated axis, axis) = decoded^T x sample.
  private func nearestRotation(_ previous: [Float], codes: [[UInt32]], _ books: [[Float]]) -> [Float] {
    let n = shape.dimension
    var product = reconstructionProduct(codes, books)
    // Axes without variance leave the product singular: there the old rotation stays.
    let largest = product.reduce(Float(0)) { max($0, abs($1)) }
    for index in product.indices { product[index] += largest * 1e-4 * previous[index] }
    return PolarFactor.of(product, size: n, threads: settings.threads)
  }

  /// Principal axes, dealt to the parts: the next largest variance to the part whose product of variances is smallest.
  private func principalRotation() -> [Float] {
    let n = shape.dimension
    let rows = ClusterKernels.Rows(sample, start: 0, count: count, stride: n)
    let covariance = SquareMatrix.gram(rows, rows, size: n, threads: settings.threads).map {
      Double($0) / Double(count)
    }
    let axes = SymmetricEigen(covariance, size: n).descending
    var members = [[Int]](repeating: [], count: shape.parts)
    // Logarithms of the products, of variances in units of the least, so that a part grows with every axis.
    var products = [Double](repeating: 0, count: shape.parts)
    let least = max(axes.values.first ?? 0, .leastNormalMagnitude) * 1e-9
    for axis in 0..<n {
      let open = (0..<shape.parts).filter { members[$0].count < shape.partDimension }
      guard let part = open.min(by: { products[$0] < products[$1] }) else { break }
      members[part].append(axis)
      products[part] += log(max(axes.values[axis] / least, 1))
    }
    let rotation = members.joined().flatMap { axes.rows[$0].map { Float($0) } }
    // Rounded to floats, the axes are a little off; one polar factor puts them right.
    return PolarFactor.of(rotation, size: n, threads: settings.threads)
  }
}
