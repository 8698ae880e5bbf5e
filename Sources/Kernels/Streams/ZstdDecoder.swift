internal import CZstd

/// Zstandard (RFC 8878) through libzstd: any number of frames, skippable ones too; checksums are verified where present.
///
/// Windows above 128 MiB (`zstd --long=28` and more) are refused, so memory stays bounded.
@safe final class ZstdDecoder: FrameDecoder {
  private let context: OpaquePointer
  private(set) var isAtFrameEnd = true

  init() {
    // SAFETY: created here, freed in deinit, used by nobody else. It is nil only when memory is out.
    guard let context = unsafe ZSTD_createDCtx() else { preconditionFailure("libzstd cannot allocate a context") }
    unsafe self.context = context
  }

  deinit {
    // SAFETY: as above.
    unsafe ZSTD_freeDCtx(context)
  }

  func step(
    input: [UInt8], _ consumed: inout Int, _ inputEnd: Int, output: inout [UInt8], _ produced: inout Int
  ) throws(DecoderFault) {
    // Between two frames an empty call would ask for the next header: nothing is held back, so there is nothing to do.
    if isAtFrameEnd && consumed == inputEnd { return }
    let (from, to, size) = (consumed, produced, output.count)
    var (read, written) = (0, 0)
    // SAFETY: both buffers live through the call inside the closures; libzstd reads and writes only inside
    // [pos, size) of each, which lie inside the arrays.
    let code = unsafe input.withUnsafeBytes { source in
      unsafe output.withUnsafeMutableBytes { target in
        var inBuffer = unsafe ZSTD_inBuffer(src: source.baseAddress, size: inputEnd, pos: from)
        var outBuffer = unsafe ZSTD_outBuffer(dst: target.baseAddress, size: size, pos: to)
        let code = unsafe ZSTD_decompressStream(context, &outBuffer, &inBuffer)
        unsafe (read, written) = (inBuffer.pos - from, outBuffer.pos - to)
        return code
      }
    }
    consumed += read
    produced += written
    guard ZSTD_isError(code) == 0 else {
      // SAFETY: a constant NUL-terminated string.
      throw DecoderFault(detail: "zstd: \(unsafe String(cString: ZSTD_getErrorName(code)))")
    }
    isAtFrameEnd = code == 0
  }
}
