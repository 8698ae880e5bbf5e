/// A fixed number of floats that several threads may write at once, each in places of its own.
///
/// Bounds are always checked. That no two threads touch the same place at once is the caller's promise, as with any
/// buffer of a matrix product; results of broken promises are wrong numbers, never memory outside of the buffer.
@safe package final class FloatStorage: @unchecked Sendable {
  // Sendable: see above; the memory lives as long as the object.
  let base: UnsafeMutablePointer<Float>
  package let count: Int

  /// Zeros.
  package init(count: Int) {
    precondition(count >= 0)
    self.count = count
    unsafe base = UnsafeMutablePointer<Float>.allocate(capacity: max(count, 1))
    unsafe base.initialize(repeating: 0, count: max(count, 1))
  }

  /// A copy of `values`.
  package convenience init(_ values: [Float]) {
    self.init(count: values.count)
    write(values, at: 0)
  }

  deinit { unsafe base.deallocate() }

  package subscript(index: Int) -> Float {
    get {
      precondition(index >= 0 && index < count)
      // In bounds by the line above.
      return unsafe base[index]
    }
    set {
      precondition(index >= 0 && index < count)
      // In bounds by the line above.
      unsafe base[index] = newValue
    }
  }

  /// Copies all of `values` to `start` and behind.
  package func write(_ values: [Float], at start: Int) {
    precondition(start >= 0 && values.count <= count - start)
    // In bounds by the line above; the array's memory is another.
    unsafe values.withUnsafeBufferPointer { source in
      if let first = source.baseAddress { unsafe (base + start).update(from: first, count: source.count) }
    }
  }

  /// A copy of `length` floats from `start`.
  package func copy(_ start: Int, _ length: Int) -> [Float] {
    precondition(start >= 0 && length >= 0 && length <= count - start)
    // In bounds by the line above.
    return unsafe [Float](UnsafeBufferPointer(start: base + start, count: length))
  }

  /// All floats, copied.
  package var values: [Float] { copy(0, count) }
}
