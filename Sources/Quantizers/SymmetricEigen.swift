/// Eigenvalues and vectors of a symmetric matrix: Householder's tridiagonal form, then QL steps with implicit shifts.
/// One thread, one order of operations: the same bits every time.
///
/// Source: Bowdler, Martin, Reinsch, Wilkinson, "The QR and QL algorithms for symmetric matrices", 1968 (EISPACK's
/// `tred2` and `tql2`).
struct SymmetricEigen {
  /// Ascending.
  private(set) var values: [Double]
  /// (n, n): column k is the vector of value k.
  private(set) var vectors: [Double]
  private let n: Int

  /// - Parameter matrix: (n, n), symmetric.
  init(_ matrix: [Double], size n: Int) {
    self.n = n
    vectors = matrix
    values = [Double](repeating: 0, count: n)
    var off = [Double](repeating: 0, count: n)
    reduce(&off)
    iterate(&off)
  }

  /// Row k of the result is the vector of the k-th largest value.
  var descending: (values: [Double], rows: [[Double]]) {
    let order = (0..<n).sorted { values[$0] != values[$1] ? values[$0] > values[$1] : $0 < $1 }
    return (order.map { values[$0] }, order.map { column in (0..<n).map { vectors[$0 * n + column] } })
  }

  private mutating func reduce(_ off: inout [Double]) {
    let n = n
    var z = vectors
    var d = [Double](repeating: 0, count: n)
    for j in 0..<n { d[j] = z[(n - 1) * n + j] }
    for i in stride(from: n - 1, to: 0, by: -1) {
      var scale = 0.0
      var h = 0.0
      for k in 0..<i { scale += abs(d[k]) }
      if scale == 0 {
        off[i] = d[i - 1]
        for j in 0..<i {
          d[j] = z[(i - 1) * n + j]
          z[i * n + j] = 0
          z[j * n + i] = 0
        }
      } else {
        for k in 0..<i {
          d[k] /= scale
          h += d[k] * d[k]
        }
        let f = d[i - 1]
        var g = f > 0 ? -h.squareRoot() : h.squareRoot()
        off[i] = scale * g
        h -= f * g
        d[i - 1] = f - g
        for j in 0..<i { off[j] = 0 }
        for j in 0..<i {
          let f = d[j]
          z[j * n + i] = f
          g = off[j] + z[j * n + j] * f
          for k in j + 1..<max(i, j + 1) {
            g += z[k * n + j] * d[k]
            off[k] += z[k * n + j] * f
          }
          off[j] = g
        }
        var sum = 0.0
        for j in 0..<i {
          off[j] /= h
          sum += off[j] * d[j]
        }
        let hh = sum / (h + h)
        for j in 0..<i { off[j] -= hh * d[j] }
        for j in 0..<i {
          let (f, g) = (d[j], off[j])
          for k in j..<i { z[k * n + j] -= f * off[k] + g * d[k] }
          d[j] = z[(i - 1) * n + j]
          z[i * n + j] = 0
        }
      }
      d[i] = h
    }
    accumulate(&z, &d)
    off[0] = 0
    vectors = z
    values = d
  }

  /// The product of the reflections.
  private func accumulate(_ z: inout [Double], _ d: inout [Double]) {
    for i in 0..<n - 1 {
      z[(n - 1) * n + i] = z[i * n + i]
      z[i * n + i] = 1
      let h = d[i + 1]
      if h != 0 {
        for k in 0...i { d[k] = z[k * n + i + 1] / h }
        for j in 0...i {
          var g = 0.0
          for k in 0...i { g += z[k * n + i + 1] * z[k * n + j] }
          for k in 0...i { z[k * n + j] -= g * d[k] }
        }
      }
      for k in 0...i { z[k * n + i + 1] = 0 }
    }
    for j in 0..<n {
      d[j] = z[(n - 1) * n + j]
      z[(n - 1) * n + j] = 0
    }
    z[n * n - 1] = 1
  }

  private mutating func iterate(_ off: inout [Double]) {
    let n = n
    var d = values
    var z = vectors
    for i in 1..<max(n, 1) { off[i - 1] = off[i] }
    off[n - 1] = 0
    var (f, largest) = (0.0, 0.0)
    for l in 0..<n {
      largest = max(largest, abs(d[l]) + abs(off[l]))
      var m = l
      while m < n - 1, abs(off[m]) > 0x1p-52 * largest { m += 1 }
      var rounds = 0
      while m > l, abs(off[l]) > 0x1p-52 * largest, rounds < 60 {
        rounds += 1
        f += Self.shift(&d, &off, l)
        Self.step(&d, &off, &z, n, l, m)
      }
      d[l] += f
      off[l] = 0
    }
    values = d
    vectors = z
  }

  /// Subtracts the shift from the diagonal; returns it.
  private static func shift(_ d: inout [Double], _ e: inout [Double], _ l: Int) -> Double {
    let g = d[l]
    let p = (d[l + 1] - g) / (2 * e[l])
    let r = (p * p + 1).squareRoot() * (p < 0 ? -1 : 1)
    d[l] = e[l] / (p + r)
    d[l + 1] = e[l] * (p + r)
    let h = g - d[l]
    for i in l + 2..<max(d.count, l + 2) { d[i] -= h }
    return h
  }

  /// One QL step on rows l...m.
  private static func step(
    _ d: inout [Double], _ e: inout [Double], _ z: inout [Double], _ n: Int, _ l: Int, _ m: Int
  ) {
    var p = d[m]
    var (c, c2, c3) = (1.0, 1.0, 1.0)
    let el1 = e[l + 1]
    let dl1 = d[l + 1]
    var (s, s2) = (0.0, 0.0)
    for i in stride(from: m - 1, through: l, by: -1) {
      c3 = c2
      c2 = c
      s2 = s
      let g = c * e[i]
      let h = c * p
      let r = (p * p + e[i] * e[i]).squareRoot()
      e[i + 1] = s * r
      s = r == 0 ? 0 : e[i] / r
      c = r == 0 ? 1 : p / r
      p = c * d[i] - s * g
      d[i + 1] = h + s * (c * g + s * d[i])
      for k in 0..<n {
        let h = z[k * n + i + 1]
        z[k * n + i + 1] = s * z[k * n + i] + c * h
        z[k * n + i] = c * z[k * n + i] - s * h
      }
    }
    p = -s * s2 * c3 * el1 * e[l] / dl1
    e[l] = s * p
    d[l] = c * p
  }
}
