internal import CLZ4

/// LZ4 frames through liblz4: any number of them, skippable ones too; checksums are verified where present.
@safe final class LZ4Decoder: FrameDecoder {
  private let context: OpaquePointer
  private(set) var isAtFrameEnd = true

  init() {
    var context: OpaquePointer?
    // SAFETY: writes one pointer; it is freed in deinit and used by nobody else.
    let code = unsafe LZ4F_createDecompressionContext(&context, UInt32(LZ4F_VERSION))
    guard LZ4F_isError(code) == 0, let context = unsafe context else {
      preconditionFailure("liblz4 cannot allocate a context")
    }
    unsafe self.context = context
  }

  deinit {
    // SAFETY: as above.
    unsafe LZ4F_freeDecompressionContext(context)
  }

  func step(
    input: [UInt8], _ consumed: inout Int, _ inputEnd: Int, output: inout [UInt8], _ produced: inout Int
  ) throws(DecoderFault) {
    if isAtFrameEnd && consumed == inputEnd { return }
    var (read, written) = (inputEnd - consumed, output.count - produced)
    let (from, to) = (consumed, produced)
    // SAFETY: both pointers live through the call inside the closures; the two counts end at or before the arrays' ends.
    let code = unsafe input.withUnsafeBytes { source in
      unsafe output.withUnsafeMutableBytes { target in
        unsafe LZ4F_decompress(
          context, target.baseAddress! + to, &written, source.baseAddress! + from, &read, nil)
      }
    }
    guard LZ4F_isError(code) == 0 else {
      // SAFETY: a constant NUL-terminated string.
      throw DecoderFault(detail: "lz4: \(unsafe String(cString: LZ4F_getErrorName(code)))")
    }
    consumed += read
    produced += written
    isAtFrameEnd = code == 0
  }
}
