internal import Foundation
internal import Kernels

/// Improves a product quantizer's codebooks by BiDR's contrastive loss: a query's passage, decoded from its code, should
/// score above others that the codes bring up. The rotation stays.
///
/// The loss of a query is the cross-entropy of its passage among the passages of the batch, scores being inner products
/// of the rotated query with decoded passages, divided by a temperature; the batch's other positives of the same passage
/// do not count as negatives. A passage's code is the nearest centroid going forward, and going backward also the
/// softmax of the negated distances (straight through), so that gradients reach every centroid near it. Gradients are
/// written by hand, steps are Adam's.
///
/// Differences from the authors' training: encoders are frozen, and distances are divided by the part's mean error, for
/// vectors of length 1 are closer together than BiDR's.
///
/// Negatives and batches: a query's passage list by the codes (ranks 1 to `depth`); a batch grows from a random query by
/// the queries of the passages that are each other's negatives, first in, first out (locality-centric sampling).
///
/// Source: Xiao et al., "Progressively optimized bi-granular document representation for scalable embedding based
/// retrieval", WWW 2022.
package struct ContrastiveTraining: Sendable {
  package struct Settings: Sendable {
    package var epochs = 3
    /// Queries of a batch.
    package var batch = 64
    /// Negatives of a query that come into the batch beside the other queries' passages.
    package var negatives = 1
    /// How deep in the codes' ranking negatives are looked for.
    package var depth = 200
    package var rate: Float = 2e-4
    /// What scores are divided by, as a part of the mean squared length of passages.
    package var temperature: Float = 0.05
    package var seed: UInt64 = 7
    package var threads = 1

    package init() {}
  }

  private let shape: ProductQuantizer.Shape
  private let rotation: [Float]
  private let lists: CoarseLists?
  private let settings: Settings
  /// (passages, dimension) and (queries, dimension): rotated.
  private let passages: FloatStorage
  private let queries: FloatStorage
  private let passageCount: Int
  /// (queries): the passage of each.
  private let positives: [Int]
  /// (passages): the query of each, or -1.
  private let queryOf: [Int]
  /// (parts): what distances are divided by.
  private let spreads: [Float]
  private let temperature: Float
  private var random: SeededSequence
  /// (parts): codebooks and Adam's moments, each (clusters, partDimension).
  private var books: [[Float]]
  private var first: [[Float]]
  private var second: [[Float]]
  private var steps = 0

  /// - Parameters:
  ///   - passages: (passages, dimension); queries: (queries, dimension), not rotated.
  ///   - positives: (queries), each the number of its passage.
  package init(
    _ start: ProductQuantizer, passages: [Float], queries: [Float], positives: [Int], settings: Settings
  ) {
    shape = start.shape
    rotation = start.rotation
    lists = start.lists
    self.settings = settings
    self.passages = start.rotate(passages)
    self.queries = start.rotate(queries)
    passageCount = passages.count / shape.dimension
    self.positives = positives
    var queryOf = [Int](repeating: -1, count: passageCount)
    for (query, passage) in positives.enumerated() { queryOf[passage] = query }
    self.queryOf = queryOf
    let length = shape.clusters * shape.partDimension
    books = (0..<shape.parts).map { Array(start.codebooks[$0 * length..<($0 + 1) * length]) }
    first = books.map { $0.map { _ in 0 } }
    second = first
    random = SeededSequence(seed: settings.seed)
    let square = passages.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(max(passageCount, 1))
    temperature = settings.temperature * Float(max(square, 1e-12))
    let error = start.reconstructionError(Array(passages.prefix(512 * shape.dimension)))
    spreads = [Float](repeating: Float(max(error / Double(shape.parts), 1e-12)), count: shape.parts)
  }

  /// The quantizer after `epochs` passes over the queries. `checkpoint` is called between batches and may throw.
  package mutating func run(checkpoint: () throws -> Void) rethrows -> ProductQuantizer {
    for _ in 0..<settings.epochs {
      let lists = negatives()
      for batch in batches(lists) {
        try checkpoint()
        step(batch, lists)
      }
    }
    return quantizer
  }

  private var quantizer: ProductQuantizer {
    ProductQuantizer(shape: shape, rotation: rotation, codebooks: books.flatMap { $0 }, lists: lists)
  }

  /// (queries): passages that the codes rank high, without the query's own.
  private func negatives() -> [[Int]] {
    let search = CodeSearch(quantizer, rotated: passages, count: passageCount)
    return Parallel.results(positives.count, threads: settings.threads) { query in
      search.best(queries.copy(query * shape.dimension, shape.dimension), k: settings.depth + 1)
        .filter { $0 != positives[query] }
    }
  }

  /// Queries in groups that are near each other.
  private mutating func batches(_ lists: [[Int]]) -> [[Int]] {
    var isUsed = [Bool](repeating: false, count: positives.count)
    var batches: [[Int]] = []
    var batch: [Int] = []
    for start in random.sample(positives.count, of: positives.count) where !isUsed[start] {
      var queue = [start]
      isUsed[start] = true
      var next = 0
      while next < queue.count {
        let query = queue[next]
        next += 1
        batch.append(query)
        if batch.count == settings.batch {
          batches.append(batch)
          batch = []
          // What waits may begin a batch of its own.
          for waiting in queue[next...] { isUsed[waiting] = false }
          break
        }
        for passage in lists[query].prefix(settings.batch) where queryOf[passage] >= 0 && !isUsed[queryOf[passage]] {
          isUsed[queryOf[passage]] = true
          queue.append(queryOf[passage])
        }
      }
    }
    if batch.count > 1 { batches.append(batch) }
    return batches
  }

  private mutating func step(_ batch: [Int], _ lists: [[Int]]) {
    var members = batch.map { positives[$0] }
    for query in batch where !lists[query].isEmpty {
      for _ in 0..<settings.negatives { members.append(lists[query][random.below(lists[query].count)]) }
    }
    var places: [Int: Int] = [:]
    for member in members where places[member] == nil { places[member] = places.count }
    let distinct = places.sorted { $0.value < $1.value }.map(\.key)
    let rows = FloatStorage(distinct.flatMap { passages.copy($0 * shape.dimension, shape.dimension) })
    let asked = batch.flatMap { queries.copy($0 * shape.dimension, shape.dimension) }
    let targets = batch.map { places[positives[$0]] ?? 0 }
    update(rows, distinct.count, slopes(rows, distinct.count, asked, targets))
  }

  /// (passages, dimension): the loss's slope in each element of a decoded passage.
  private func slopes(_ rows: FloatStorage, _ count: Int, _ asked: [Float], _ targets: [Int]) -> [Float] {
    let n = shape.dimension
    let current = quantizer
    let codes = current.encode(rotated: .init(rows, start: 0, count: count, stride: n))
    let decoded = (0..<count).map { current.rotatedVector(of: Array(codes[$0 * shape.parts..<($0 + 1) * shape.parts])) }
    var slopes = [Float](repeating: 0, count: count * n)
    for (query, target) in targets.enumerated() {
      let vector = Array(asked[query * n..<(query + 1) * n])
      let scores = decoded.map { Double(VectorKernels.dot(vector, $0) / temperature) }
      let largest = scores.max() ?? 0
      let powers = scores.map { exp($0 - largest) }
      let sum = powers.reduce(0, +)
      for passage in 0..<count {
        let slope = Float(powers[passage] / sum - (passage == target ? 1 : 0)) / (temperature * Float(targets.count))
        for element in 0..<n { slopes[passage * n + element] += slope * vector[element] }
      }
    }
    return slopes
  }

  /// One step of Adam on every part's codebook.
  private mutating func update(_ rows: FloatStorage, _ count: Int, _ slopes: [Float]) {
    steps += 1
    let now = self
    let (step, rate) = (Float(steps), settings.rate)
    let results = Parallel.results(shape.parts, threads: settings.threads) { part -> ([Float], [Float], [Float]) in
      var (book, mean, square) = (now.books[part], now.first[part], now.second[part])
      let gradient = now.gradient(part, book, rows, count, slopes)
      let (bias1, bias2) = (1 - pow(0.9, step), 1 - pow(0.999, step))
      for index in book.indices {
        mean[index] = 0.9 * mean[index] + 0.1 * gradient[index]
        square[index] = 0.999 * square[index] + 0.001 * gradient[index] * gradient[index]
        book[index] -= rate * (mean[index] / bias1) / ((square[index] / bias2).squareRoot() + 1e-8)
      }
      return (book, mean, square)
    }
    books = results.map(\.0)
    first = results.map(\.1)
    second = results.map(\.2)
  }

  /// The loss's slope in a part's codebook: of the chosen centroid directly, and of all by the softmax.
  private func gradient(
    _ part: Int, _ book: [Float], _ rows: FloatStorage, _ count: Int, _ slopes: [Float]
  ) -> [Float] {
    let (length, clusters) = (shape.partDimension, shape.clusters)
    var gradient = [Float](repeating: 0, count: book.count)
    var closeness = [Float](repeating: 0, count: clusters)
    var gains = [Float](repeating: 0, count: clusters)
    for row in 0..<count {
      let start = row * shape.dimension + part * length
      let point = rows.copy(start, length)
      var (nearest, best) = (0, -Float.infinity)
      for cluster in 0..<clusters {
        var (distance, gain): (Float, Float) = (0, 0)
        for element in 0..<length {
          let value = book[cluster * length + element]
          distance += (point[element] - value) * (point[element] - value)
          gain += slopes[start + element] * value
        }
        closeness[cluster] = -distance / spreads[part]
        gains[cluster] = gain
        if closeness[cluster] > best { (nearest, best) = (cluster, closeness[cluster]) }
      }
      var (sum, mean): (Float, Float) = (0, 0)
      for cluster in 0..<clusters {
        // What is farther than e^-20 has no slope worth a call of exp.
        closeness[cluster] = closeness[cluster] < best - 20 ? 0 : exp(closeness[cluster] - best)
        sum += closeness[cluster]
        mean += closeness[cluster] * gains[cluster]
      }
      mean /= sum
      for element in 0..<length { gradient[nearest * length + element] += slopes[start + element] }
      for cluster in 0..<clusters where closeness[cluster] > 0 {
        let slope = closeness[cluster] / sum * (gains[cluster] - mean) * 2 / spreads[part]
        for element in 0..<length {
          gradient[cluster * length + element] += slope * (point[element] - book[cluster * length + element])
        }
      }
    }
    return gradient
  }
}
