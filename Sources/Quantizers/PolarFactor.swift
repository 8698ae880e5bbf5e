internal import Kernels

/// The orthogonal matrix nearest to a given one (Procrustes): U V^T of its singular value decomposition, by Newton and
/// Schulz's iteration Y <- Y (3 I - Y^T Y) / 2, which needs products only and so gives the same bits whatever the threads.
///
/// Source: Higham, "Functions of Matrices", 2008, 8.3. Converges where all singular values are in (0, sqrt 3); small ones
/// grow by half a step, so the caller adds a little of an orthogonal matrix to one that may be singular.
enum PolarFactor {
  private static let steps = 60

  /// - Parameter matrix: (n, n), not singular. Returns (n, n), orthogonal to about 1e-6.
  static func of(_ matrix: [Float], size n: Int, threads: Int) -> [Float] {
    // The spectral norm is at most the geometric mean of the largest sums of rows and of columns.
    var (rows, columns) = ([Float](repeating: 0, count: n), [Float](repeating: 0, count: n))
    for i in 0..<n {
      for j in 0..<n {
        rows[i] += abs(matrix[i * n + j])
        columns[j] += abs(matrix[i * n + j])
      }
    }
    let bound = ((rows.max() ?? 0) * (columns.max() ?? 0)).squareRoot()
    guard bound > 0 else { return SquareMatrix.identity(n) }
    // A little below sqrt 3, so that the largest do not overshoot.
    var y = matrix.map { $0 / bound * 1.7 }
    for _ in 0..<steps {
      let gram = SquareMatrix.gram(y, size: n, threads: threads)
      var difference: Float = 0
      var factor = [Float](repeating: 0, count: n * n)
      for i in 0..<n {
        for j in 0..<n {
          let target: Float = i == j ? 1 : 0
          difference = max(difference, abs(gram[i * n + j] - target))
          factor[i * n + j] = (3 * target - gram[i * n + j]) / 2
        }
      }
      if difference < 3e-6 { break }
      y = SquareMatrix.product(y, factor, size: n, threads: threads)
    }
    return y
  }
}

/// Products of square matrices on several threads.
enum SquareMatrix {
  private static let rowsAtOnce = 48

  static func identity(_ n: Int) -> [Float] {
    var matrix = [Float](repeating: 0, count: n * n)
    for i in 0..<n { matrix[i * n + i] = 1 }
    return matrix
  }

  /// left x right.
  static func product(_ left: [Float], _ right: [Float], size n: Int, threads: Int) -> [Float] {
    let panels = VectorPanels(columnsOf: right, columns: n)
    let (source, target) = (FloatStorage(left), FloatStorage(count: n * n))
    Parallel.forEach((n + rowsAtOnce - 1) / rowsAtOnce, threads: threads) { block in
      let start = block * rowsAtOnce
      let count = min(rowsAtOnce, n - start)
      ClusterKernels.multiply(
        .init(source, start: start, count: count, stride: n), panels,
        into: .init(target, start: start, count: count, stride: n))
    }
    return target.values
  }

  /// matrix^T x matrix.
  static func gram(_ matrix: [Float], size n: Int, threads: Int) -> [Float] {
    let source = FloatStorage(matrix)
    let rows = ClusterKernels.Rows(source, start: 0, count: n, stride: n)
    return gram(rows, rows, size: n, threads: threads)
  }

  /// left^T x right: (n, n), both with rows of n.
  static func gram(_ left: ClusterKernels.Rows, _ right: ClusterKernels.Rows, size n: Int, threads: Int) -> [Float] {
    let target = FloatStorage(count: n * n)
    Parallel.forEach((n + rowsAtOnce - 1) / rowsAtOnce, threads: threads) { block in
      let start = block * rowsAtOnce
      let count = min(rowsAtOnce, n - start)
      ClusterKernels.gram(
        left, columns: start..<start + count, right, width: n,
        into: .init(target, start: start, count: count, stride: n))
    }
    return target.values
  }
}
