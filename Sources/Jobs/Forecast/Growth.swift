internal import Foundation

/// How an amount grows with what it is made of, from measurements of samples.
enum Growth {
  /// A power of the size fitted to the last four measurements, with an exponent between the bounds: vocabularies grow
  /// more slowly than texts, nothing here grows much faster. It goes through the last measurement, which is the nearest.
  static func power(
    _ points: [(size: Double, amount: Double)], at size: Double, exponents: ClosedRange<Double> = 0...1.1
  ) -> Double {
    guard let last = points.last, last.size > 0 else { return 0 }
    let exponent = slope(points.suffix(4).filter { $0.amount > 0 }.map { (log($0.size), log($0.amount)) }) ?? 1
    return last.amount * pow(size / last.size, min(max(exponent, exponents.lowerBound), exponents.upperBound))
  }

  /// Of the line of least squares; `nil` where all places are the same.
  private static func slope(_ points: [(x: Double, y: Double)]) -> Double? {
    let count = Double(points.count)
    let x = points.reduce(0) { $0 + $1.x } / count
    let y = points.reduce(0) { $0 + $1.y } / count
    let spread = points.reduce(0) { $0 + ($1.x - x) * ($1.x - x) }
    guard spread > 0 else { return nil }
    return points.reduce(0) { $0 + ($1.x - x) * ($1.y - y) } / spread
  }

  /// What is there whatever the size, and what each unit of the size adds: the line through the first and the last
  /// measurement, neither part below 0.
  static func line(_ points: [(size: Double, amount: Double)]) -> (fixed: Double, each: Double) {
    guard let last = points.last, last.size > 0 else { return (0, 0) }
    guard let first = points.first, first.size < last.size else { return (0, last.amount / last.size) }
    let each = max((last.amount - first.amount) / (last.size - first.size), 0)
    let fixed = min(max(first.amount - each * first.size, 0), last.amount)
    return (fixed, max((last.amount - fixed) / last.size, 0))
  }

  /// When the last of some pieces of work ends that so many workers take one after the other, in order.
  static func makespan(_ pieces: [Double], workers: Int) -> Double {
    var busy = [Double](repeating: 0, count: max(workers, 1))
    for piece in pieces {
      let next = busy.indices.min { busy[$0] < busy[$1] } ?? 0
      busy[next] += piece
    }
    return busy.max() ?? 0
  }
}
