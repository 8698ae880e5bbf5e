/// Hoare's selection (Algorithm 65, "Find", CACM 1961).
enum Selection {
  /// Reorders `values` so that its first `count` are the smallest.
  static func bringForward<Value: Comparable>(_ count: Int, of values: inout [Value]) {
    var low = 0
    var high = values.count - 1
    while low < high, count > 0, count < values.count {
      let pivot = median(values[low], values[low + (high - low) / 2], values[high])
      var left = low
      var right = high
      while left <= right {
        while values[left] < pivot { left += 1 }
        while pivot < values[right] { right -= 1 }
        if left <= right {
          values.swapAt(left, right)
          left += 1
          right -= 1
        }
      }
      // low...right are not above the pivot, left...high not below it, what is between equals it.
      if count - 1 <= right { high = right } else if count - 1 >= left { low = left } else { return }
    }
  }

  private static func median<Value: Comparable>(_ a: Value, _ b: Value, _ c: Value) -> Value {
    max(min(a, b), min(max(a, b), c))
  }
}
