#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Read-only bytes that live as long as the view: a mapped file, or an array.
///
/// The one handle through which unchecked memory is read. Every accessor checks its bounds: those that take offsets out
/// of a file throw `OutOfBounds`, because a file may be damaged; the subscript traps, because its index is the
/// programmer's. Copies share the memory. Integers are little-endian.
@safe package struct ByteView: @unchecked Sendable {
  // Sendable: the memory is never written while a view exists, and `owner` keeps it alive.
  private let owner: AnyObject
  private let base: UnsafeRawPointer
  package let count: Int

  /// An offset taken from a file points outside of it.
  package struct OutOfBounds: Error, CustomStringConvertible {
    package let offset: Int
    package let length: Int
    package let count: Int
    package var description: String { "bytes \(offset)..<\(offset &+ length) are outside of 0..<\(count)" }
  }

  @safe private final class ArrayOwner {
    let pointer: UnsafeMutableRawPointer
    init(_ bytes: [UInt8]) {
      // At least one byte, so that the address is valid even for an empty view.
      unsafe pointer = UnsafeMutableRawPointer.allocate(byteCount: max(bytes.count, 1), alignment: 64)
      // Both ranges have `bytes.count` bytes and cannot overlap: one is new.
      unsafe bytes.withUnsafeBytes { source in
        if let start = source.baseAddress { unsafe pointer.copyMemory(from: start, byteCount: source.count) }
      }
    }
    deinit { unsafe pointer.deallocate() }
  }

  /// A copy of `bytes`.
  package init(_ bytes: [UInt8]) {
    let owner = ArrayOwner(bytes)
    self.owner = owner
    unsafe base = UnsafeRawPointer(owner.pointer)
    count = bytes.count
  }

  /// The `count` bytes from `base`, which stay valid and unchanged while `owner` lives.
  init(owner: AnyObject, base: UnsafeRawPointer, count: Int) {
    self.owner = owner
    unsafe self.base = unsafe base
    self.count = count
  }

  private func check(_ offset: Int, _ length: Int) throws(OutOfBounds) {
    guard offset >= 0, length >= 0, offset <= count, length <= count - offset else {
      throw OutOfBounds(offset: offset, length: length, count: count)
    }
  }

  /// - Precondition: `0 <= index < count`.
  package subscript(index: Int) -> UInt8 {
    precondition(index >= 0 && index < count, "byte index out of range")
    // In bounds by the line above.
    return unsafe base.load(fromByteOffset: index, as: UInt8.self)
  }

  /// `length` bytes from `offset`, sharing this view's memory.
  package func slice(_ offset: Int, _ length: Int) throws(OutOfBounds) -> ByteView {
    try check(offset, length)
    // In bounds by the line above; the owner is shared.
    return unsafe ByteView(owner: owner, base: base + offset, count: length)
  }

  /// A little-endian integer at any alignment.
  package func load<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type, at offset: Int) throws(OutOfBounds) -> T {
    try check(offset, MemoryLayout<T>.size)
    // In bounds by the line above; every bit pattern is an integer.
    return unsafe T(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: T.self))
  }

  package func loadFloat(at offset: Int) throws(OutOfBounds) -> Float {
    Float(bitPattern: try load(UInt32.self, at: offset))
  }

  /// A copy of `length` bytes.
  package func bytes(_ offset: Int, _ length: Int) throws(OutOfBounds) -> [UInt8] {
    try check(offset, length)
    // In bounds by the line above.
    return unsafe [UInt8](UnsafeRawBufferPointer(start: base + offset, count: length))
  }

  /// All bytes, copied.
  package var bytes: [UInt8] {
    unsafe [UInt8](UnsafeRawBufferPointer(start: base, count: count))
  }

  /// Compares `length` bytes from `offset` with `other` as unsigned bytes; a prefix comes first. Negative, 0 or positive.
  package func compare(_ offset: Int, _ length: Int, with other: [UInt8]) throws(OutOfBounds) -> Int {
    try check(offset, length)
    let shared = min(length, other.count)
    for index in 0..<shared {
      let own = self[offset + index]
      if own != other[index] { return own < other[index] ? -1 : 1 }
    }
    return length - other.count
  }

  /// Whether both hold the same bytes.
  package func equals(_ other: ByteView) -> Bool {
    guard count == other.count else { return false }
    if count == 0 { return true }
    return unsafe withUnsafeBytes { own in
      // Both have `count` bytes.
      unsafe other.withUnsafeBytes { unsafe memcmp(own.baseAddress!, $0.baseAddress!, count) == 0 }
    }
  }

  /// The memory itself, for kernels. The pointer must not outlive the call.
  @unsafe func withUnsafeBytes<R, E>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
    defer { withExtendedLifetime(owner) {} }
    return try unsafe body(UnsafeRawBufferPointer(start: base, count: count))
  }
}
