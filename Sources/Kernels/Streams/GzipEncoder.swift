internal import CZlib

/// One gzip member (RFC 1952) through zlib, piece by piece. The header has no time and no name, so equal bytes give equal
/// files.
///
/// Memory: zlib's window, about 256 KiB, and the pieces. One thread at a time.
@safe package final class GzipEncoder {
  /// On the heap because zlib stores the address of this struct in its state and checks it.
  private let stream: UnsafeMutablePointer<z_stream>
  private var chunk = [UInt8](repeating: 0, count: 64 << 10)

  package init() {
    // SAFETY: one z_stream is allocated, initialised here and freed in deinit, by nobody else.
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    // 15: the largest window; 16: a gzip header, which zlib fills with time 0; 8: the usual memory.
    // SAFETY: `stream` is initialised; the version and size are those this file was compiled with.
    let code = unsafe deflateInit2_(
      stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(code == Z_OK, "zlib cannot start: out of memory or another version than compiled with")
  }

  deinit {
    // SAFETY: initialised by deflateInit2_ and not used after.
    unsafe deflateEnd(stream)
    unsafe stream.deallocate()
  }

  /// Compresses `input`; hands out what is ready. With `finish`, all that is left and the trailer.
  package func encode(_ input: [UInt8], finish: Bool = false, body: ([UInt8]) throws -> Void) throws {
    var consumed = 0
    while true {
      let produced = deflateSome(input, &consumed, finish)
      if produced.count > 0 { try body(Array(chunk[0..<produced.count])) }
      if finish ? produced.ended : (consumed == input.count && produced.count < chunk.count) { return }
    }
  }

  private func deflateSome(_ input: [UInt8], _ consumed: inout Int, _ finish: Bool) -> (count: Int, ended: Bool) {
    let available = min(input.count - consumed, Int(UInt32.max))
    let capacity = chunk.count
    // SAFETY: both pointers are used during `deflate` only, inside the two closures, and both counts end at or before
    // the arrays' ends. zlib does not write to next_in although its type is mutable.
    let code = unsafe input.withUnsafeBufferPointer { source in
      unsafe chunk.withUnsafeMutableBufferPointer { target in
        unsafe stream.pointee.next_in = source.baseAddress.map { unsafe UnsafeMutablePointer(mutating: $0 + consumed) }
        unsafe stream.pointee.avail_in = UInt32(available)
        unsafe stream.pointee.next_out = target.baseAddress!
        unsafe stream.pointee.avail_out = UInt32(capacity)
        return unsafe deflate(stream, finish && available == input.count - consumed ? Z_FINISH : Z_NO_FLUSH)
      }
    }
    consumed += available - Int(unsafe stream.pointee.avail_in)
    return (capacity - Int(unsafe stream.pointee.avail_out), code == Z_STREAM_END)
  }
}
