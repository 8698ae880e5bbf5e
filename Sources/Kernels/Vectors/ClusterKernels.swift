internal import CKernels

/// Vectors prepared for `ClusterKernels`: panels of 16, so that a register holds the same element of 8 of them.
package struct VectorPanels: Sendable {
  /// Vectors.
  package let count: Int
  package let dimension: Int
  /// (panels, dimension, 16): zeros behind the last vector.
  let values: [Float]
  /// (panels * 16): minus half the squared length; minus infinity behind the last vector.
  let bias: [Float]

  /// From rows (count, dimension).
  package init(rows: [Float], dimension: Int) {
    precondition(dimension > 0 && rows.count % dimension == 0)
    self.dimension = dimension
    count = rows.count / dimension
    let panels = (count + 15) / 16
    var values = [Float](repeating: 0, count: panels * 16 * dimension)
    var bias = [Float](repeating: -.infinity, count: panels * 16)
    for vector in 0..<count {
      var square: Float = 0
      let start = vector / 16 * dimension * 16 + vector % 16
      for element in 0..<dimension {
        let value = rows[vector * dimension + element]
        values[start + element * 16] = value
        square.addProduct(value, value)
      }
      bias[vector] = -square / 2
    }
    self.values = values
    self.bias = bias
  }

  /// From rows, without bias: the nearest is then the one with the largest inner product.
  package init(columnsOfRows rows: [Float], dimension: Int) {
    let panels = VectorPanels(rows: rows, dimension: dimension)
    self.init(
      count: panels.count, dimension: dimension, values: panels.values,
      bias: panels.bias.map { $0 == -.infinity ? $0 : 0 })
  }

  private init(count: Int, dimension: Int, values: [Float], bias: [Float]) {
    self.count = count
    self.dimension = dimension
    self.values = values
    self.bias = bias
  }

  /// The columns of a matrix (dimension, columns), each a vector.
  package init(columnsOf matrix: [Float], columns: Int) {
    precondition(columns > 0 && matrix.count % columns == 0)
    let depth = matrix.count / columns
    var rows = [Float](repeating: 0, count: matrix.count)
    for row in 0..<depth { for column in 0..<columns { rows[column * depth + row] = matrix[row * columns + column] } }
    self.init(rows: rows, dimension: depth)
  }
}

/// The inner loops of k-means and rotations; see `vectors.h` for the order of additions.
package enum ClusterKernels {
  /// A part of rows: vectors `start..<start + count` of `storage`, which has rows of `stride` floats, elements from
  /// `column` on.
  package struct Rows: Sendable {
    let storage: FloatStorage
    let start: Int
    package let count: Int
    package let stride: Int
    let column: Int

    package init(_ storage: FloatStorage, start: Int, count: Int, stride: Int, column: Int = 0) {
      precondition(start >= 0 && count >= 0 && stride > 0 && column >= 0 && column < stride)
      precondition(start + count <= storage.count / stride)
      self.storage = storage
      self.start = start
      self.count = count
      self.stride = stride
      self.column = column
    }

    fileprivate var pointer: UnsafeMutablePointer<Float> {
      // Inside of the storage by the initializer's checks.
      unsafe storage.base + (start * stride + column)
    }

    /// Elements of one row, copied.
    package func row(_ index: Int, dimension: Int) -> [Float] {
      precondition(index >= 0 && index < count && fits(dimension))
      return storage.copy((start + index) * stride + column, dimension)
    }

    /// Up to `length` rows from row `first` on.
    package func part(_ first: Int, _ length: Int) -> Rows {
      Rows(storage, start: start + first, count: min(length, count - first), stride: stride, column: column)
    }

    /// The same rows, elements from `column` on.
    package func columns(from column: Int) -> Rows {
      Rows(storage, start: start, count: count, stride: stride, column: column)
    }

    fileprivate func fits(_ dimension: Int) -> Bool { column + dimension <= stride }
  }

  /// For each of `points` the nearest of `centroids` (the first of equals), and |x - c|^2 less |x|^2, times -1/2.
  package static func nearest(
    _ points: Rows, _ centroids: VectorPanels, into nearest: inout [UInt32], _ values: inout [Float]
  ) {
    precondition(points.fits(centroids.dimension) && centroids.count > 0)
    precondition(nearest.count >= points.count && values.count >= points.count)
    // `points.count` rows with `dimension` elements are in the storage; results have room for as many.
    unsafe centroids.values.withUnsafeBufferPointer { panels in
      unsafe centroids.bias.withUnsafeBufferPointer { bias in
        unsafe nearest.withUnsafeMutableBufferPointer { nearest in
          unsafe values.withUnsafeMutableBufferPointer { values in
            unsafe ck_nearest(
              points.pointer, points.count, centroids.dimension, points.stride, panels.baseAddress, bias.baseAddress,
              centroids.count, nearest.baseAddress, values.baseAddress)
          }
        }
      }
    }
  }

  /// target = points x columns: (count, columns).
  package static func multiply(_ points: Rows, _ columns: VectorPanels, into target: Rows) {
    precondition(points.fits(columns.dimension) && target.count == points.count && target.fits(columns.count))
    // Reads `count` rows of `dimension`, writes `count` rows of `columns.count`; the storages are different objects.
    precondition(points.storage !== target.storage)
    unsafe columns.values.withUnsafeBufferPointer { panels in
      unsafe ck_multiply(
        points.pointer, points.count, columns.dimension, points.stride, panels.baseAddress, columns.count,
        target.pointer, target.stride)
    }
  }

  /// target += left^T x right, for columns `columns` of `left`: (columns, width).
  package static func gram(_ left: Rows, columns: Range<Int>, _ right: Rows, width: Int, into target: Rows) {
    precondition(left.count == right.count && columns.lowerBound >= 0 && left.fits(columns.upperBound))
    precondition(right.fits(width) && target.fits(width) && target.count == columns.count)
    precondition(target.storage !== left.storage && target.storage !== right.storage)
    // All rows and columns are in their storages by the lines above.
    unsafe ck_gram(
      left.pointer + columns.lowerBound, left.stride, columns.count, right.pointer, right.stride, width, left.count,
      target.pointer, target.stride)
  }

  /// Copies `dimension` elements of each row.
  package static func copy(_ source: Rows, dimension: Int, into target: Rows) {
    precondition(source.count == target.count && source.fits(dimension) && target.fits(dimension))
    precondition(source.storage !== target.storage)
    for index in 0..<source.count {
      // Both rows are in their storages, which are different objects.
      let (from, to) = unsafe (source.pointer + index * source.stride, target.pointer + index * target.stride)
      for element in 0..<dimension { unsafe to[element] = from[element] }
    }
  }

  /// Row i of `target` = the centroid `nearest[i]` of `centroids` (centroids, dimension).
  package static func reconstruct(
    _ centroids: [Float], dimension: Int, nearest: ArraySlice<UInt32>, into target: Rows
  ) {
    precondition(target.fits(dimension) && nearest.count >= target.count && dimension > 0)
    let count = centroids.count / dimension
    unsafe centroids.withUnsafeBufferPointer { centroids in
      for index in 0..<target.count {
        let centroid = Int(nearest[nearest.startIndex + index])
        precondition(centroid < count)
        // The centroid is in bounds by the line above, the row is in the target's storage.
        let row = unsafe target.pointer + index * target.stride
        for element in 0..<dimension { unsafe row[element] = centroids[centroid * dimension + element] }
      }
    }
  }

  /// sums[c] += each point whose centroid is c, in order; counts[c] how many. `sums` is (centroids, dimension).
  package static func accumulate(
    _ points: Rows, dimension: Int, nearest: [UInt32], sums: inout [Float], counts: inout [Int]
  ) {
    precondition(points.fits(dimension) && nearest.count >= points.count && sums.count == counts.count * dimension)
    unsafe sums.withUnsafeMutableBufferPointer { sums in
      for index in 0..<points.count {
        let centroid = Int(nearest[index])
        counts[centroid] += 1
        // The row is in the storage; `centroid` is in `counts` by the line above, so its sums are in `sums`.
        let row = unsafe points.pointer + index * points.stride
        for element in 0..<dimension { unsafe sums[centroid * dimension + element] += row[element] }
      }
    }
  }
}
