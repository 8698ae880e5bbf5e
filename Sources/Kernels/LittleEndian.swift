extension Array where Element == UInt8 {
  /// Appends an integer's bytes, the least significant first. Inlined, because a generic function of another module is
  /// not specialized: that took a tenth of the time of an index.
  @inlinable
  package mutating func appendLittleEndian<T: FixedWidthInteger & BitwiseCopyable>(_ value: T) {
    // Integers have no padding, so their memory is their bytes.
    unsafe Swift.withUnsafeBytes(of: value.littleEndian) { unsafe append(contentsOf: $0) }
  }

  /// Appends a float's IEEE 754 bytes, the least significant first.
  @inlinable
  package mutating func appendLittleEndian(_ value: Float) { appendLittleEndian(value.bitPattern) }

  /// Appends integers as little-endian bytes.
  package mutating func appendLittleEndian<T: FixedWidthInteger & BitwiseCopyable>(contentsOf values: [T]) {
    #if _endian(little)
      // Integers have no padding, so their memory is their bytes.
      unsafe values.withUnsafeBytes { unsafe append(contentsOf: $0) }
    #else
      for value in values { appendLittleEndian(value) }
    #endif
  }

  package mutating func appendLittleEndian(contentsOf values: [Float]) {
    #if _endian(little)
      // Floats have no padding, so their memory is their bytes.
      unsafe values.withUnsafeBytes { unsafe append(contentsOf: $0) }
    #else
      for value in values { appendLittleEndian(value) }
    #endif
  }
}

extension ByteView {
  /// `count` little-endian integers from `offset`, at any alignment.
  package func array<T: FixedWidthInteger & BitwiseCopyable>(
    of type: T.Type, at offset: Int, count: Int
  ) throws(OutOfBounds) -> [T] {
    guard count >= 0, count <= self.count / Swift.max(MemoryLayout<T>.size, 1) else {
      throw OutOfBounds(offset: offset, length: count, count: self.count)
    }
    let part = try slice(offset, count * MemoryLayout<T>.size)
    var result = [T](repeating: 0, count: count)
    unsafe result.withUnsafeMutableBytes { target in
      // Both sides have count * size bytes; every bit pattern is an integer.
      unsafe part.withUnsafeBytes { source in
        if let start = source.baseAddress, source.count > 0 {
          unsafe target.copyMemory(from: .init(start: start, count: source.count))
        }
      }
    }
    #if _endian(big)
      for index in result.indices { result[index] = T(littleEndian: result[index]) }
    #endif
    return result
  }

  /// `count` floats from `offset`, at any alignment.
  package func floats(at offset: Int, count: Int) throws(OutOfBounds) -> [Float] {
    try array(of: UInt32.self, at: offset, count: count).map { Float(bitPattern: $0) }
  }
}
