extension Array where Element == UInt8 {
  /// `count` little-endian integers from byte `offset`, at any alignment.
  ///
  /// - Precondition: they lie inside the array.
  package func integers<T: FixedWidthInteger & BitwiseCopyable>(of type: T.Type, at offset: Int, count: Int) -> [T] {
    var result = [T](repeating: 0, count: count)
    copy(at: offset, into: &result)
    #if _endian(big)
      for index in result.indices { result[index] = T(littleEndian: result[index]) }
    #endif
    return result
  }

  /// `count` little-endian floats from byte `offset`, at any alignment.
  ///
  /// - Precondition: they lie inside the array.
  package func floats(at offset: Int, count: Int) -> [Float] {
    #if _endian(little)
      var result = [Float](repeating: 0, count: count)
      copy(at: offset, into: &result)
      return result
    #else
      return integers(of: UInt32.self, at: offset, count: count).map { Float(bitPattern: $0) }
    #endif
  }

  private func copy<T: BitwiseCopyable>(at offset: Int, into target: inout [T]) {
    let bytes = target.count * MemoryLayout<T>.stride
    precondition(offset >= 0 && offset <= count && bytes <= count - offset)
    unsafe withUnsafeBytes { source in
      unsafe target.withUnsafeMutableBytes { target in
        // Both ranges have `bytes` bytes, by the line above; numbers take every bit pattern.
        if bytes > 0 { unsafe target.copyMemory(from: .init(rebasing: source[offset..<(offset + bytes)])) }
      }
    }
  }
}

extension Array where Element == Float {
  /// Whether no value is infinite or not a number.
  package var isFinite: Bool {
    // Without an exit from the loop, so that it runs in vectors: the exponent is all ones where a value is not finite.
    var worst: UInt32 = 0
    for value in self { worst = Swift.max(worst, value.bitPattern & 0x7FFF_FFFF) }
    return worst < 0x7F80_0000
  }
}
