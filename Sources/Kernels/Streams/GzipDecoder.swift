internal import CZlib

/// Gzip (RFC 1952) through zlib: any number of members, then only zero padding. zlib checks each CRC-32 and length.
@safe final class GzipDecoder: FrameDecoder {
  /// On the heap because zlib stores the address of this struct in its state and checks it.
  private let stream: UnsafeMutablePointer<z_stream>
  private(set) var isAtFrameEnd = true
  private var hasStarted = false
  private var isInPadding = false

  init() {
    // SAFETY: one z_stream is allocated, initialised here and freed in deinit, by nobody else.
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    // 15: the largest window; 16: gzip headers only.
    // SAFETY: `stream` is initialised; the version and size are those this file was compiled with.
    let code = unsafe inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(code == Z_OK, "zlib cannot start: out of memory or another version than compiled with")
  }

  deinit {
    // SAFETY: initialised by inflateInit2_ and not used after.
    unsafe inflateEnd(stream)
    unsafe stream.deallocate()
  }

  func step(
    input: [UInt8], _ consumed: inout Int, _ inputEnd: Int, output: inout [UInt8], _ produced: inout Int
  ) throws(DecoderFault) {
    if isAtFrameEnd && hasStarted && consumed < inputEnd {
      try skipPadding(input, &consumed, inputEnd)
      guard consumed < inputEnd else { return }
      // SAFETY: `stream` is initialised for the whole life of this object.
      unsafe inflateReset(stream)
    }
    if consumed < inputEnd {
      hasStarted = true
      isAtFrameEnd = false
    }
    let code = inflateSome(input, &consumed, inputEnd, &output, &produced)
    switch code {
    case Z_OK, Z_BUF_ERROR: return
    case Z_STREAM_END: isAtFrameEnd = true
    default: throw fault(code)
    }
  }

  private func inflateSome(
    _ input: [UInt8], _ consumed: inout Int, _ inputEnd: Int, _ output: inout [UInt8], _ produced: inout Int
  ) -> Int32 {
    let available = (input: inputEnd - consumed, output: output.count - produced)
    // SAFETY: both pointers are used during `inflate` only, inside the two closures, and both counts end at or before
    // the arrays' ends. zlib does not write to next_in although its type is mutable.
    let code = unsafe input.withUnsafeBufferPointer { source in
      unsafe output.withUnsafeMutableBufferPointer { target in
        unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: source.baseAddress! + consumed)
        unsafe stream.pointee.avail_in = UInt32(available.input)
        unsafe stream.pointee.next_out = target.baseAddress! + produced
        unsafe stream.pointee.avail_out = UInt32(clamping: available.output)
        return unsafe inflate(stream, Z_NO_FLUSH)
      }
    }
    consumed = inputEnd - Int(unsafe stream.pointee.avail_in)
    produced += min(available.output, Int(UInt32.max)) - Int(unsafe stream.pointee.avail_out)
    return code
  }

  /// After a member: another member, or zeros to the end (tapes and some block stores pad with them).
  private func skipPadding(_ input: [UInt8], _ consumed: inout Int, _ inputEnd: Int) throws(DecoderFault) {
    while consumed < inputEnd && input[consumed] == 0 {
      isInPadding = true
      consumed += 1
    }
    if consumed < inputEnd && (isInPadding || input[consumed] != 0x1F) {
      throw DecoderFault(detail: "bytes after the last gzip member that are no member")
    }
  }

  private func fault(_ code: Int32) -> DecoderFault {
    // SAFETY: msg is nil or a constant NUL-terminated string of zlib.
    let message = unsafe stream.pointee.msg.map { unsafe String(cString: $0) }
    return DecoderFault(detail: "gzip: \(message ?? "error \(code)")")
  }
}
